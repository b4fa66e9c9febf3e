package dev.rollbook;

import java.nio.file.Path;
import org.springframework.boot.context.properties.ConfigurationPropertiesBinding;
import org.springframework.core.convert.converter.Converter;
import org.springframework.stereotype.Component;

/// Converter that reads a setting as the path of a file. Spring alone would look for a resource of
/// that name first, and refuses a relative path that begins with `..`.
@Component
@ConfigurationPropertiesBinding
class PathSettingConverter implements Converter<String, Path> {
  @Override
  public Path convert(String path) {
    return Path.of(path);
  }
}
