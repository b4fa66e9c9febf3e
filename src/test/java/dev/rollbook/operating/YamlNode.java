package dev.rollbook.operating;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A node of a YAML document. Looking up a missing node returns an empty one.
record YamlNode(@Nullable Object value) {
  YamlNode at(Object... names) {
    var found = value;
    for (var name : names) {
      found =
          switch (found) {
            case Map<?, ?> map -> map.get(name);
            case List<?> list when name instanceof Integer n && n < list.size() -> list.get(n);
            case null, default -> null;
          };
    }
    return new YamlNode(found);
  }

  boolean exists() {
    return value != null;
  }

  String text() {
    return String.valueOf(value);
  }

  int number() {
    return (Integer) Objects.requireNonNull(value);
  }

  /// The elements of a list, or the values of a map.
  Stream<YamlNode> children() {
    return switch (value) {
      case Map<?, ?> map -> map.values().stream().map(YamlNode::new);
      case List<?> list -> list.stream().map(YamlNode::new);
      case null, default -> Stream.empty();
    };
  }

  List<String> keys() {
    return value instanceof Map<?, ?> map
        ? map.keySet().stream().map(String::valueOf).toList()
        : List.of();
  }

  List<String> texts() {
    return children().map(YamlNode::text).toList();
  }

  @Override
  public String toString() {
    return text();
  }
}
