package dev.rollbook.reconcile;

import java.util.Locale;

/// What a comparison found of one file, or of one row, and made of it.
enum Finding {
  UNCHANGED("unchanged"),
  /// There was a file, and no row.
  ADDED("added"),
  /// The row was behind its file, or ahead of it.
  BROUGHT_UP("broughtUp"),
  /// The file lies elsewhere than the row said; the row follows it.
  MOVED("moved"),
  /// There were two files of one thread; one of them was set aside.
  SET_ASIDE("setAside"),
  /// There is a row, and no file.
  ROLLOUT_MISSING("rolloutMissing"),
  /// A file that is named like a rollout and is none, or another thread's.
  NOT_A_ROLLOUT("notRollouts"),
  /// A file or a row that a deletion which was cut short has left; it is removed.
  DELETED("deleted"),
  /// Something is to be done about a thread that is open: left for a later comparison.
  OPEN("open"),
  FAILED("failed");

  private final String wireName;

  Finding(String wireName) {
    this.wireName = wireName;
  }

  String wireName() {
    return wireName;
  }

  String meterName() {
    return wireName.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }
}
