package dev.rollbook.codex;

import dev.rollbook.model.RawJson;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What Codex needs in the payload of a `session_meta` to list a thread and to go on with it.
final class FirstLines {
  static final String HISTORY_BASE = "history_base";
  static final String OFFSET = "end_byte_offset";

  /// All others Codex takes for `unknown`, which it lists only for who asks for that.
  private static final Set<String> SOURCES = Set.of("cli", "vscode", "exec", "mcp");

  private FirstLines() {}

  static Members changed(Outline outline, Members meta, Changes changes) {
    var changed = provided(meta, changes.modelProvider());
    if (changes.shift() != 0) {
      changed = shifted(changed, changes.shift());
    }
    return outline.origin() == Outline.Origin.ROLLBOOK ? listed(outline, changed) : changed;
  }

  private static Members provided(Members meta, @Nullable String provider) {
    return provider == null || provider.equals(meta.text("model_provider"))
        ? meta
        : meta.with("model_provider", Members.quoted(provider));
  }

  private static Members shifted(Members meta, long shift) {
    var base = meta.object(HISTORY_BASE);
    var offset = base.map(members -> members.number(OFFSET));
    return offset.isEmpty()
        ? meta
        : meta.with(
            HISTORY_BASE,
            base.get().with(OFFSET, RawJson.of(Long.toString(offset.get() + shift))).build());
  }

  private static Members listed(Outline outline, Members meta) {
    var source = meta.text("source");
    var listed =
        source == null || SOURCES.contains(source)
            ? meta
            : meta.with("source", Members.quoted("cli"));
    return outline.paginated() && meta.raw("history_mode") == null
        ? listed.with("history_mode", Members.quoted(Outline.PAGINATED))
        : listed;
  }
}
