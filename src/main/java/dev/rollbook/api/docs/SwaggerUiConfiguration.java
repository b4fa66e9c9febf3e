package dev.rollbook.api.docs;

import java.util.List;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.servlet.config.annotation.ResourceHandlerRegistry;
import org.springframework.web.servlet.config.annotation.ViewControllerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.webjars.WebJarVersionLocator;

/// Serves Swagger UI from its WebJar, configured by two files of our own.
@Configuration(proxyBeanMethods = false)
public class SwaggerUiConfiguration implements WebMvcConfigurer {
  private static final String FOLDER = "/swagger-ui";
  public static final String INDEX = FOLDER + "/index.html";
  private static final String SWAGGER_UI = "swagger-ui";

  @Override
  public void addResourceHandlers(ResourceHandlerRegistry registry) {
    var version = new WebJarVersionLocator().version(SWAGGER_UI);
    registry
        .addResourceHandler(FOLDER + "/**")
        .addResourceLocations(
            "classpath:/swagger-ui/",
            "classpath:/%s/%s/%s/"
                .formatted(WebJarVersionLocator.WEBJARS_PATH_PREFIX, SWAGGER_UI, version));
  }

  @Override
  public void addViewControllers(ViewControllerRegistry registry) {
    for (var path : List.of(FOLDER, FOLDER + "/", FOLDER + ".html")) {
      registry.addRedirectViewController(path, INDEX);
    }
  }
}
