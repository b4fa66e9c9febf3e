package dev.rollbook.packaged.torture;

/// An item with a unique name, by which it is recognised when it is read back.
///
/// @param identified whether the name is its id too, so that it may be sent again
/// @param length of what fills it up
record JournalItem(String name, boolean identified, int length) {
  static final String TYPE = "torture";

  String json() {
    return "{%s\"type\":\"%s\",\"payload\":%s}"
        .formatted(identified ? "\"id\":\"" + name + "\"," : "", TYPE, payload());
  }

  String payload() {
    return "{\"name\":\"%s\",\"fill\":\"%s\"}".formatted(name, "x".repeat(length));
  }
}
