package dev.rollbook;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.logging.DeferredLogFactory;
import org.springframework.boot.origin.Origin;
import org.springframework.boot.origin.OriginTrackedResource;
import org.springframework.boot.origin.PropertySourceOrigin;
import org.springframework.boot.origin.TextResourceOrigin;
import org.springframework.core.SpringProperties;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;

/// Takes the beans that were prepared when the image was built only where they are the ones that
/// the settings ask for.
///
/// Which beans there are is then decided already, by the settings in the jar; Spring would pass
/// over one from outside that asks for others, such as a profile, without a word. So all that may
/// decide leads to a start that decides anew, which takes longer: of `spring`, `server` and
/// `management` everything but what is known to decide nothing.
final class PreparedBeans implements EnvironmentPostProcessor {
  private static final String PREPARED = "spring.aot.enabled";
  private static final List<ConfigurationPropertyName> MAY_DECIDE =
      names("spring", "server", "management", "rollbook.watch");
  private static final List<ConfigurationPropertyName> DECIDES_NOTHING =
      names(
          PREPARED,
          "server.address",
          "server.port",
          "spring.application",
          "spring.config",
          "spring.datasource.hikari",
          "spring.datasource.password",
          "spring.datasource.url",
          "spring.datasource.username",
          "spring.lifecycle");

  private final Log log;

  PreparedBeans(DeferredLogFactory logs) {
    this.log = logs.getLog(PreparedBeans.class);
  }

  @Override
  public void postProcessEnvironment(
      ConfigurableEnvironment environment, SpringApplication application) {
    if (SpringProperties.getFlag(PREPARED)) {
      deciding(environment)
          .ifPresent(setting -> {
            log.debug("beans are decided on anew, as %s is set".formatted(setting));
            SpringProperties.setProperty(PREPARED, "false");
          });
    }
  }

  /// A setting from outside of the jar that may decide which beans there are.
  static Optional<ConfigurationPropertyName> deciding(ConfigurableEnvironment environment) {
    return StreamSupport.stream(ConfigurationPropertySources.get(environment).spliterator(), false)
        .flatMap(PreparedBeans::deciding)
        .findFirst();
  }

  private static Stream<ConfigurationPropertyName> deciding(ConfigurationPropertySource source) {
    return source instanceof IterableConfigurationPropertySource iterable
        ? iterable.stream()
            .filter(name -> isOf(MAY_DECIDE, name) && !isOf(DECIDES_NOTHING, name))
            .filter(name -> !isInTheJar(Origin.from(source.getConfigurationProperty(name))))
        : Stream.empty();
  }

  private static boolean isOf(
      List<ConfigurationPropertyName> roots, ConfigurationPropertyName name) {
    return roots.stream().anyMatch(root -> root.equals(name) || root.isAncestorOf(name));
  }

  private static boolean isInTheJar(@Nullable Origin origin) {
    return switch (origin) {
      case PropertySourceOrigin wrapped -> isInTheJar(wrapped.getOrigin());
      case TextResourceOrigin text -> isInTheJar(text.getResource());
      case null, default -> false;
    };
  }

  private static boolean isInTheJar(@Nullable Resource resource) {
    return resource instanceof OriginTrackedResource wrapped
        ? isInTheJar(wrapped.getResource())
        : resource instanceof ClassPathResource;
  }

  private static List<ConfigurationPropertyName> names(String... names) {
    return Stream.of(names).map(ConfigurationPropertyName::of).toList();
  }
}
