package dev.rollbook.retention;

/// What a pass does to a thread, in the order in which it does it: what is deleted need not be
/// compressed, and archiving a thread updates it.
enum Action {
  DELETE("delete", "deleted-after"),
  COMPRESS("compress", "compressed-after"),
  ARCHIVE("archive", "archived-after");

  private final String wireName;
  private final String rule;

  Action(String wireName, String rule) {
    this.wireName = wireName;
    this.rule = rule;
  }

  String wireName() {
    return wireName;
  }

  /// The setting that asks for it.
  String rule() {
    return rule;
  }
}
