package dev.rollbook.search;

/// Names of what the index holds: one document for each item that has a text, and two for each
/// thread: one says how far it is indexed, one has what lists find it by.
final class Fields {
  static final String THREAD = "thread";
  static final String TURN = "turn";
  static final String ORDINAL = "ordinal";
  static final String AT = "at";
  static final String TYPE = "type";
  static final String KIND = "kind";
  static final String ROLE = "role";
  static final String CWD = "cwd";
  static final String SOURCE = "source";
  static final String THREAD_KIND = "threadKind";
  static final String TEXT = "text";

  /// Only on items whose text another kind of item says too, right before them in the same turn.
  static final String TWIN = "twin";

  /// Only on what says how far a thread is indexed: its id.
  static final String MARK = "mark";

  /// Only on what holds the name, preview and cwd of a thread: its id.
  static final String NAMED = "named";

  /// Trigrams of these.
  static final String GRAM = "gram";

  /// A digest of these.
  static final String TEXTS = "texts";

  private Fields() {}
}
