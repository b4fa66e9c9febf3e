package dev.rollbook.rollout;

import dev.rollbook.rollout.disk.FileState;
import dev.rollbook.rollout.line.EncodedLines;
import org.jspecify.annotations.Nullable;

/// What a [RolloutWriter] knows of its file: which one it is, how much of it is acknowledged, and
/// whether a failed write may have left something behind that.
///
/// Caller must hold the lock of the writer, except for [#size].
final class KnownFile {
  private @Nullable Object key;
  private @Nullable Object named;
  private @Nullable EncodedLines unsettled;
  private volatile long size;

  KnownFile(long size) {
    this.size = size;
  }

  /// Size of whole, acknowledged lines in bytes.
  long size() {
    return size;
  }

  /// Whether it is the file that was last opened, or created.
  boolean is(FileState state) {
    return state.key().equals(key);
  }

  /// Whether it is that file, and has exactly the acknowledged lines.
  boolean isUnchanged(FileState state) {
    return is(state) && unsettled == null && state.size() == size;
  }

  /// Whether the file was opened or created before.
  boolean wasOpened() {
    return named != null;
  }

  /// Whether the name of the file is known to be durable.
  boolean isNamed(FileState state) {
    return state.key().equals(named);
  }

  /// Lines that a failed write may have left at the end; null for none.
  @Nullable EncodedLines unsettled() {
    return unsettled;
  }

  void opened(FileState state) {
    key = state.key();
  }

  /// The name of the file is durable.
  void named(FileState state) {
    named = state.key();
  }

  /// Acknowledged lines end here. After a loss, that is before the former end.
  void acknowledgedTo(long end) {
    size = end;
  }

  /// A write failed, and may have left some of its lines.
  void failed(EncodedLines lines) {
    unsettled = lines;
  }

  /// Nothing of a failed write is left.
  void settled() {
    unsettled = null;
  }

  /// The file was replaced by one that has more lines.
  void rewritten(long newSize) {
    key = null;
    size = newSize;
  }
}
