package dev.rollbook.search;

/// Field names of the Lucene index.
///
/// The index has one document for each item that has a text, and two documents for each thread. One
/// of them is the watermark. The other has the trigrams by which a list with a text filter finds
/// the thread.
final class IndexFields {
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

  /// Only on items of threads with an owner.
  static final String TENANT = "tenant";

  /// Only on items of threads with an owner.
  static final String PRINCIPAL = "principal";

  /// Only on items of threads without an owner.
  static final String UNOWNED = "unowned";

  static final String TEXT = "text";

  /// Only on items that repeat the text of another kind of item, right before them in the turn.
  static final String TWIN = "twin";

  /// Only on watermarks: the id of the thread.
  static final String MARK = "mark";

  /// Only on the trigrams of name, preview and cwd of a thread: its id.
  static final String NAMED = "named";

  /// The trigrams.
  static final String GRAM = "gram";

  /// A digest of the texts that they were made of.
  static final String TEXTS = "texts";

  private IndexFields() {}
}
