package dev.rollbook;

import dev.rollbook.web.security.AuthenticationCondition;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.env.OriginTrackedMapPropertySource;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/// Removes blank settings before any setting is read. A blank setting then counts as not set.
///
/// Blank values are common: Docker Compose passes an unset variable as an empty one, and YAML reads
/// a key without a value as an empty string. All blank environment variables are removed, because
/// they also set settings of Spring Boot, such as `SERVER_PORT`. From files and arguments, only
/// blank settings whose name begins with `rollbook.` are removed. Those that would require
/// authentication are kept: they fail the start.
@Order(Ordered.LOWEST_PRECEDENCE - 1)
final class BlankPropertyRemover implements EnvironmentPostProcessor {
  private static final String PREFIX = "rollbook.";

  @Override
  public void postProcessEnvironment(
      ConfigurableEnvironment environment, SpringApplication application) {
    var sources = environment.getPropertySources();
    for (var source : sources.stream().toList()) {
      if (source instanceof EnumerablePropertySource<?> listed
          && Stream.of(listed.getPropertyNames()).anyMatch(name -> isBlank(listed, name))) {
        sources.replace(source.getName(), withoutBlanks(listed));
      }
    }
  }

  private static PropertySource<?> withoutBlanks(EnumerablePropertySource<?> source) {
    var kept = new LinkedHashMap<String, Object>();
    for (var name : source.getPropertyNames()) {
      if (!isBlank(source, name)) {
        kept.put(name, valueOf(source, name));
      }
    }
    return switch (source) {
      case SystemEnvironmentPropertySource environment ->
          new SystemEnvironmentPropertySource(environment.getName(), kept);
      case OriginTrackedMapPropertySource file ->
          new OriginTrackedMapPropertySource(file.getName(), kept);
      default -> new MapPropertySource(source.getName(), kept);
    };
  }

  /// The raw value, which knows its line in the file for error messages.
  private static Object valueOf(EnumerablePropertySource<?> source, String name) {
    var raw = source.getSource() instanceof Map<?, ?> map ? map.get(name) : null;
    return raw == null ? String.valueOf(source.getProperty(name)) : raw;
  }

  private static boolean isBlank(EnumerablePropertySource<?> source, String name) {
    boolean dropped =
        source instanceof SystemEnvironmentPropertySource
            || name.toLowerCase(Locale.ROOT).startsWith(PREFIX);
    return dropped
        && !AuthenticationCondition.isSetting(name)
        && source.getProperty(name) instanceof CharSequence text
        && text.toString().isBlank();
  }
}
