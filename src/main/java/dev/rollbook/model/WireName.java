package dev.rollbook.model;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// An enum whose constants have names in camel case in the API, in rows and in rollouts. For
/// example, `IN_PROGRESS` becomes `inProgress`.
public interface WireName {
  /// As [Enum#name()] returns it.
  String name();

  @JsonValue
  default String wireName() {
    return WireNames.of(this);
  }

  /// The constant with this name.
  ///
  /// @param others further values that a caller accepts, for the error message
  /// @throws IllegalArgumentException with the valid values
  static <E extends Enum<E> & WireName> E parse(Class<E> type, String text, String... others) {
    var constants = type.getEnumConstants();
    for (var constant : constants) {
      if (constant.wireName().equals(text)) {
        return constant;
      }
    }
    var valid =
        Stream.concat(Arrays.stream(constants).map(WireName::wireName), Arrays.stream(others))
            .collect(Collectors.joining(", "));
    throw new IllegalArgumentException("must be " + valid.replaceFirst(", (?!.*,)", " or "));
  }
}
