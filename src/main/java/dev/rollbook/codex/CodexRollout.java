package dev.rollbook.codex;

import dev.rollbook.model.ThreadId;
import dev.rollbook.model.WellFormedJson;
import dev.rollbook.projection.MetaCopy;
import dev.rollbook.rollout.RolloutContent;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;

/// A rollout in the form that Codex lists, reads and resumes, as long as it was when it was asked
/// for.
public final class CodexRollout {
  private final RolloutContent content;
  private final Outline outline;
  private final Changes changes;

  private CodexRollout(RolloutContent content, Outline outline, Changes changes) {
    this.content = content;
    this.outline = outline;
    this.changes = changes;
  }

  static CodexRollout of(ThreadId thread, RolloutContent content) throws IOException {
    var rollout = new CodexRollout(content, Outline.read(thread, content), Changes.NONE);
    // A file that begins in its own thread was made before reverts were followed.
    boolean isSegment = rollout.base().filter(base -> base.parent().equals(thread)).isPresent();
    return isSegment || rollout.wasReverted() ? rollout.whole() : rollout;
  }

  public String fileName() {
    return content.fileName();
  }

  /// Changes whenever the bytes do: the same rollout always becomes the same export.
  public String tag() throws IOException {
    return content.tag() + "-codex";
  }

  public void writeTo(OutputStream out) throws IOException {
    try (var lines = new FileLines(content.open(), content.room())) {
      var readable = new WellFormedJson(out);
      CodexLines.write(outline, lines, changes, readable);
      readable.finish();
    }
  }

  /// Bytes through its first line as Codex wrote it, or as Rollbook did.
  int firstLineLength() throws IOException {
    try (var lines = new FileLines(content.open(), content.room())) {
      return CodexLines.firstLength(outline, lines, Changes.NONE);
    }
  }

  /// Where in another thread it begins; empty for one that has all of its history.
  Optional<HistoryBase> base() {
    return HistoryBase.of(outline.original() == null ? outline.meta() : outline.original());
  }

  /// Whether Codex has reverted the thread, or this is what it was before: what other threads point
  /// to in Codex' own files is not where it is in this one.
  boolean wasReverted() {
    return outline.meta().text(MetaCopy.SEGMENT) != null;
  }

  CodexRollout with(Changes wanted) {
    return new CodexRollout(content, outline, wanted);
  }

  /// All of its history in one file, as far as Rollbook has it.
  CodexRollout whole() {
    return new CodexRollout(content, outline.whole(), changes);
  }
}
