package dev.rollbook.api.console;

import java.time.Duration;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.web.servlet.config.annotation.ResourceHandlerRegistry;
import org.springframework.web.servlet.config.annotation.ViewControllerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/// Serves the files of the console, unless it is disabled.
///
/// The names of all files but the page itself contain a hash of their content. So browsers may keep
/// those for a year, and ask for the page each time: it names the files of its version.
@Configuration(proxyBeanMethods = false)
class ConsoleConfiguration implements WebMvcConfigurer {
  static final String FOLDER = "/console";
  static final String INDEX = FOLDER + "/";
  private static final String PAGE = FOLDER + "/index.html";
  private static final String FILES = "classpath:/console/";
  private static final Duration YEAR = Duration.ofDays(365);

  private final ConsoleProperties properties;

  ConsoleConfiguration(ConsoleProperties properties) {
    this.properties = properties;
  }

  @Override
  public void addResourceHandlers(ResourceHandlerRegistry registry) {
    if (properties.enabled()) {
      registry
          .addResourceHandler(FOLDER + "/assets/**")
          .addResourceLocations(FILES + "assets/")
          .setCacheControl(CacheControl.maxAge(YEAR).cachePublic().immutable());
      registry
          .addResourceHandler(FOLDER + "/*")
          .addResourceLocations(FILES)
          .setCacheControl(CacheControl.noCache());
    }
  }

  @Override
  public void addViewControllers(ViewControllerRegistry registry) {
    if (properties.enabled()) {
      // Relative, for proxies that add a path. Without a status, Tomcat would make it absolute.
      registry
          .addRedirectViewController(FOLDER, INDEX.substring("/".length()))
          .setStatusCode(HttpStatus.FOUND);
      registry.addViewController(INDEX).setViewName("forward:" + PAGE);
    }
  }
}
