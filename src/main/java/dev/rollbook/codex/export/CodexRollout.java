package dev.rollbook.codex.export;

import dev.rollbook.codex.export.SessionMetaFields.HistoryBase;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.WellFormedJson;
import dev.rollbook.projection.SessionMetaCopy;
import dev.rollbook.rollout.RolloutContent;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A rollout in the form that Codex lists, reads and resumes, as long as it was when it was
/// requested.
public final class CodexRollout {
  private final RolloutContent content;
  private final RolloutSummary summary;
  private final Changes changes;

  /// How an export differs from the rollout.
  ///
  /// @param modelProvider that Codex shall go on with; null for that of the rollout
  /// @param shift by how many bytes the parent's rollout has become longer before a fork's
  ///   beginning
  record Changes(@Nullable String modelProvider, long shift) {
    static final Changes NONE = new Changes(null, 0);
  }

  private CodexRollout(RolloutContent content, RolloutSummary summary, Changes changes) {
    this.content = content;
    this.summary = summary;
    this.changes = changes;
  }

  static CodexRollout of(ThreadId thread, RolloutContent content) throws IOException {
    var rollout = new CodexRollout(content, RolloutScanner.scan(thread, content), Changes.NONE);
    // Imports before reverts were supported made files that begin in their own thread.
    boolean isSegment = rollout.base().filter(base -> base.parent().equals(thread)).isPresent();
    return isSegment || rollout.wasReverted() ? rollout.standalone() : rollout;
  }

  public String fileName() {
    return content.fileName();
  }

  /// Entity tag: the same rollout always becomes the same export.
  public String tag() throws IOException {
    return content.tag() + "-codex";
  }

  public void writeTo(OutputStream out) throws IOException {
    try (var lines = new VerbatimLines(content.open(), content.reserveMemory())) {
      var readable = new WellFormedJson(out);
      ExportWriter.write(summary, lines, changes, readable);
      readable.finish();
    }
  }

  /// Length of the first line as Codex or Rollbook wrote it, with everything before it.
  int firstLineLength() throws IOException {
    try (var lines = new VerbatimLines(content.open(), content.reserveMemory())) {
      return ExportWriter.firstLength(summary, lines, Changes.NONE);
    }
  }

  /// The point of its parent at which it begins; empty if it has all of its history.
  Optional<HistoryBase> base() {
    return SessionMetaFields.historyBase(summary.originalMeta());
  }

  /// Whether Codex has reverted the thread, or it keeps the previous history of such a thread: byte
  /// offsets of forks into the files of Codex do not apply to it.
  boolean wasReverted() {
    return summary.meta().text(SessionMetaCopy.SEGMENT) != null;
  }

  CodexRollout with(Changes wanted) {
    return new CodexRollout(content, summary, wanted);
  }

  /// The whole history in one file, as far as Rollbook has it.
  CodexRollout standalone() {
    return new CodexRollout(content, summary.standalone(), changes);
  }
}
