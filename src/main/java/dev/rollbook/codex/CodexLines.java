package dev.rollbook.codex;

import dev.rollbook.codex.Outline.Origin;
import dev.rollbook.model.RawJson;
import dev.rollbook.model.TurnId;
import dev.rollbook.projection.ExportMark;
import dev.rollbook.projection.TurnMarker;
import dev.rollbook.rollout.line.RolloutLine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Passes the lines of a rollout on, and changes those that Codex could not use.
///
/// In a paginated thread the messages of turns that were run here are told as `item_completed`, and
/// no second `session_meta` hides what is before it. What such a turn only showed, or only sent, is
/// there in the other way too. Ordinals stay. Holds one line at a time.
final class CodexLines {
  private final Outline outline;
  private final Changes changes;
  private final OutputStream out;
  private boolean begun;
  private @Nullable TurnId turn;

  /// Records behind the first one so far, and the ordinal of the last one that has one.
  private long records;

  private long lastOrdinal = RolloutLine.NO_ORDINAL;

  private CodexLines(Outline outline, Changes changes, OutputStream out) {
    this.outline = outline;
    this.changes = changes;
    this.out = out;
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
      unreadable(line);
    }
    if (read.isPresent()) {
      records++;
      lastOrdinal = read.get().numbered() ? read.get().ordinal() : lastOrdinal;
    }
  }

  /// What nobody can read is passed on, unless Codex would fail on it.
  private void unreadable(FileLine line) throws IOException {
    boolean fails = !line.isText() || line.hasNuls() || outline.repairs().any(outline.paginated());
    if (line.isTooLong() || !fails) {
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
      write(read, Outline.META, changed == meta ? read.payload() : changed.build());
    }
  }

  private void other(FileLine line, RolloutLine read) throws IOException {
    TurnMarker.own(read)
        .ifPresent(frame -> turn = frame instanceof TurnMarker.Started begun ? begun.turn() : null);
    complete(read);
    var screen = screen(read);
    if (screen.isPresent()) {
      write(read, read.type(), screen.get());
    } else if (hidesWhatIsBefore(read)) {
      write(read, Outline.FORKED_META, read.payload());
    } else if (!line.isText()) {
      put(numbered(read, marked(read, members(read))).build() + "\n");
    } else if (lacksOrdinal(read)) {
      put(read.at(place()).numberedBytes().toByteArray());
    } else if (line.hasNuls()) {
      put(read.bytes().toByteArray());
    } else {
      line.writeTo(out);
    }
  }

  private Members numbered(RolloutLine line, Members members) {
    return lacksOrdinal(line)
        ? members.with("ordinal", RawJson.of(Long.toString(place())))
        : members;
  }

  private boolean lacksOrdinal(RolloutLine line) {
    return outline.paginated() && !line.numbered() && lastOrdinal >= 0;
  }

  /// Behind the last one with an ordinal they are counted on; before that they share the ordinal of
  /// their predecessor, so that all others keep theirs.
  private long place() {
    return lastOrdinal + Math.max(0, records - 1 - outline.repairs().lastNumbered());
  }

  private Optional<RawJson> screen(RolloutLine line) {
    return turn == null || !outline.paginated()
        ? Optional.empty()
        : ScreenItems.completed(line, outline.thread(), turn);
  }

  private boolean hidesWhatIsBefore(RolloutLine line) {
    return outline.paginated()
        && outline.origin() == Origin.ROLLBOOK
        && line.type().equals(Outline.META);
  }

  /// Codex would not send what was only shown, nor show what was only sent. What is added has no
  /// ordinal, which no line may lack that a paginated thread shows, nor the last one of any: so it
  /// comes before.
  private void complete(RolloutLine line) throws IOException {
    var of = turn;
    if (of != null && outline.turns().anyHalfSaid()) {
      var said = Said.in(line).filter(words -> outline.turns().isHalfSaid(of, words.role()));
      if (said.filter(this::canBeAdded).isPresent()) {
        put(said.get().otherHalf(line));
      }
    }
  }

  private boolean canBeAdded(Said said) {
    return !said.isSent() || (!outline.paginated() && !said.isMarkup());
  }

  private void write(RolloutLine line, String type, RawJson payload) throws IOException {
    var members = members(line).with("type", Members.quoted(type)).with("payload", payload);
    put((payload == line.payload() ? members : marked(line, members)).build() + "\n");
  }

  private static Members members(RolloutLine line) {
    return Members.of(line.bytes()).orElseThrow();
  }

  private static Members marked(RolloutLine line, Members members) {
    return members.with("id", Members.quoted(ExportMark.changed(line)));
  }

  private void put(byte[] line) throws IOException {
    out.write(line);
    out.write('\n');
  }

  private void put(String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }
}
