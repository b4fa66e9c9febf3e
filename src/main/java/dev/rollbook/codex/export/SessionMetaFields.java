package dev.rollbook.codex.export;

import dev.rollbook.codex.export.CodexRollout.Changes;
import dev.rollbook.model.ThreadId;
import dev.rollbook.text.RawJson;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Fields of a `session_meta` payload that Codex needs to list and resume a thread.
final class SessionMetaFields {
  private static final String HISTORY_BASE = "history_base";
  private static final String OFFSET = "end_byte_offset";

  /// Codex lists threads of any other source only on request.
  private static final Set<String> SOURCES = Set.of("cli", "vscode", "exec", "mcp");

  private SessionMetaFields() {}

  /// Fork point of a fork that Codex made, in the file of the parent.
  ///
  /// @param endByteOffset length of the beginning of the parent's file that belongs to the fork
  record HistoryBase(ThreadId parent, long endByteOffset) {}

  static Optional<HistoryBase> historyBase(JsonMembers meta) {
    var base = meta.object(HISTORY_BASE);
    var parent = base.map(members -> members.text("thread_id"));
    var offset = base.map(members -> members.number(OFFSET));
    try {
      return parent.isEmpty() || offset.isEmpty()
          ? Optional.empty()
          : Optional.of(new HistoryBase(ThreadId.parse(parent.get()), offset.get()));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  static JsonMembers changed(RolloutSummary summary, JsonMembers meta, Changes changes) {
    var changed = provided(meta, changes.modelProvider());
    if (changes.shift() != 0) {
      changed = shifted(changed, changes.shift());
    }
    return summary.origin() == RolloutSummary.RolloutOrigin.ROLLBOOK
        ? listed(summary, changed)
        : changed;
  }

  private static JsonMembers provided(JsonMembers meta, @Nullable String provider) {
    return provider == null || provider.equals(meta.text("model_provider"))
        ? meta
        : meta.with("model_provider", JsonMembers.quoted(provider));
  }

  private static JsonMembers shifted(JsonMembers meta, long shift) {
    var base = meta.object(HISTORY_BASE);
    var offset = base.map(members -> members.number(OFFSET));
    return offset.isEmpty()
        ? meta
        : meta.with(
            HISTORY_BASE,
            base.get().with(OFFSET, RawJson.of(Long.toString(offset.get() + shift))).build());
  }

  private static JsonMembers listed(RolloutSummary summary, JsonMembers meta) {
    var source = meta.text("source");
    var listed =
        source == null || SOURCES.contains(source)
            ? meta
            : meta.with("source", JsonMembers.quoted("cli"));
    return summary.paginated() && meta.raw("history_mode") == null
        ? listed.with("history_mode", JsonMembers.quoted(RolloutSummary.PAGINATED))
        : listed;
  }
}
