package dev.rollbook.codex.export;

import dev.rollbook.codex.export.SessionMetaFields.HistoryBase;
import dev.rollbook.model.ThreadId;
import dev.rollbook.projection.SessionMetaEditor;
import dev.rollbook.rollout.RolloutContent;
import dev.rollbook.text.WellFormedJson;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Export of a rollout, in the form that Codex lists, reads and resumes. An export has the lines
/// that the rollout had when the export was requested.
public final class CodexRollout {
  private final RolloutContent content;
  private final RolloutSummary summary;
  private final Changes changes;

  /// What an export changes in the rollout.
  ///
  /// @param modelProvider with which Codex is to continue the thread; null for that of the rollout
  /// @param shift number of bytes that the parent's rollout has gained before the fork point
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
    // Older versions, which did not support reverts, imported such files with a fork base in their
    // own thread.
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

  /// The fork point in the parent's rollout; empty if this rollout has all of its history.
  Optional<HistoryBase> base() {
    return SessionMetaFields.historyBase(summary.originalMeta());
  }

  /// Whether Codex has reverted the thread, or the thread holds another one's history from before a
  /// revert. Byte offsets that forks have into the files of Codex do not apply to such a rollout.
  boolean wasReverted() {
    return summary.meta().text(SessionMetaEditor.SEGMENT) != null;
  }

  CodexRollout with(Changes wanted) {
    return new CodexRollout(content, summary, wanted);
  }

  /// The whole history that Rollbook has, in one file.
  CodexRollout standalone() {
    return new CodexRollout(content, summary.standalone(), changes);
  }
}
