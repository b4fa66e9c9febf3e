package dev.rollbook.codex;

import dev.rollbook.codex.Outline.Origin;
import dev.rollbook.history.OwnFrame;
import dev.rollbook.model.RawJson;
import dev.rollbook.model.TurnId;
import dev.rollbook.rollout.RolloutLine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Passes the lines of a rollout on, and changes those that Codex could not use.
///
/// In a paginated thread the messages of turns that were run here are told as `item_completed`, and
/// no second `session_meta` hides what is before it. Ordinals stay. Holds one line at a time.
final class CodexLines {
  private final Outline outline;
  private final Changes changes;
  private final OutputStream out;
  private boolean begun;
  private boolean listed;
  private @Nullable TurnId turn;

  private CodexLines(Outline outline, Changes changes, OutputStream out) {
    this.outline = outline;
    this.changes = changes;
    this.out = out;
    this.listed = outline.listed();
  }

  static void write(Outline outline, FileLines lines, Changes changes, OutputStream out)
      throws IOException {
    var writer = new CodexLines(outline, changes, out);
    for (var line = lines.next(); line != null; line = lines.next()) {
      writer.line(line);
      if (writer.begun && !outline.changesLines()) {
        lines.copyTo(out);
      }
    }
  }

  /// Bytes that it writes through the first line of the thread.
  static int firstLength(Outline outline, FileLines lines, Changes changes) throws IOException {
    var out = new ByteArrayOutputStream();
    var writer = new CodexLines(outline, changes, out);
    for (var line = lines.next(); line != null && !writer.begun; line = lines.next()) {
      writer.line(line);
    }
    return out.size();
  }

  private void line(FileLine line) throws IOException {
    var read = line.read();
    if (!begun) {
      begin(line, read);
    } else if (read.isPresent()) {
      other(line, read.get());
    } else {
      line.writeTo(out);
    }
  }

  /// What stands before a joined fork's own lines is its parent's.
  private void begin(FileLine line, Optional<RolloutLine> read) throws IOException {
    boolean joined = outline.origin() == Origin.JOINED;
    begun = read.filter(found -> !joined || isOwnMeta(found)).isPresent();
    if (begun) {
      first(line, read.get());
    } else if (!joined) {
      line.writeTo(out);
    }
  }

  private boolean isOwnMeta(RolloutLine line) {
    return Outline.isBehind(line, outline.inherited()) && Outline.isMeta(line);
  }

  private void first(FileLine line, RolloutLine read) throws IOException {
    var meta = outline.original() == null ? outline.meta() : outline.original();
    var changed = FirstLines.changed(outline, meta, changes);
    if (changed == meta && read.type().equals(Outline.META)) {
      line.writeTo(out);
    } else {
      write(read, Outline.META, changed.build());
    }
  }

  private void other(FileLine line, RolloutLine read) throws IOException {
    var screen = outline.paginated() ? screen(read) : Optional.<RawJson>empty();
    if (screen.isPresent()) {
      write(read, read.type(), screen.get());
    } else if (hidesWhatIsBefore(read)) {
      write(read, Outline.FORKED_META, read.payload());
    } else {
      line.writeTo(out);
      list(read);
    }
  }

  private Optional<RawJson> screen(RolloutLine line) {
    var frame = OwnFrame.of(line);
    if (frame.isPresent()) {
      turn = frame.get() instanceof OwnFrame.Started started ? started.turn() : null;
    }
    return turn == null ? Optional.empty() : ScreenItems.completed(line, outline.thread(), turn);
  }

  private boolean hidesWhatIsBefore(RolloutLine line) {
    return outline.paginated()
        && outline.origin() == Origin.ROLLBOOK
        && line.type().equals(Outline.META);
  }

  /// Codex lists no thread in which nobody says anything that its screen shows.
  private void list(RolloutLine line) throws IOException {
    var said = listed ? Optional.<RawJson>empty() : ScreenItems.userMessage(line);
    if (said.isPresent()) {
      listed = true;
      put(
          "{\"timestamp\":%s,\"type\":\"event_msg\",\"payload\":%s}\n"
              .formatted(Members.quoted(line.timestamp()), said.get()));
    }
  }

  private void write(RolloutLine line, String type, RawJson payload) throws IOException {
    var members = Members.of(line.bytes()).orElseThrow();
    put(members.with("type", Members.quoted(type)).with("payload", payload).build() + "\n");
  }

  private void put(String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }
}
