package dev.rollbook.codex.export;

import dev.rollbook.codex.ExportedLineId;
import dev.rollbook.codex.export.CodexRollout.Changes;
import dev.rollbook.codex.export.RolloutSummary.RolloutOrigin;
import dev.rollbook.model.TurnId;
import dev.rollbook.projection.TurnMarker;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.text.RawJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Writer of an export. It copies the lines of a rollout, and changes lines that Codex could not
/// use.
///
/// - In a paginated thread, a message of a turn that began in Rollbook becomes `item_completed`,
///   because Codex would not show the message otherwise.
/// - Codex needs each message twice: as an event for the screen, and as an item for the model. If a
///   turn that began in Rollbook has only one of these forms for all messages of a role, the other
///   form of each message is added.
/// - A second `session_meta` gets another type, because Codex would ignore all lines before it.
/// - A line without an ordinal gets one where a paginated thread requires it.
///
/// Existing ordinals are not changed. At most one line is in memory at a time.
final class ExportWriter {
  private final RolloutSummary summary;
  private final Changes changes;
  private final OutputStream out;
  private boolean begun;
  private @Nullable TurnId turn;

  /// Number of records after the first one so far.
  private long records;

  private long lastOrdinal = RolloutLine.NO_ORDINAL;

  private ExportWriter(RolloutSummary summary, Changes changes, OutputStream out) {
    this.summary = summary;
    this.changes = changes;
    this.out = out;
  }

  static void write(RolloutSummary summary, VerbatimLines lines, Changes changes, OutputStream out)
      throws IOException {
    var writer = new ExportWriter(summary, changes, out);
    for (var line = lines.next(); line != null; line = lines.next()) {
      writer.line(line);
      if (writer.begun && !summary.changesLines()) {
        lines.copyTo(out);
      }
    }
  }

  /// Number of bytes that an export has up to the end of the first line of the thread.
  static int firstLength(RolloutSummary summary, VerbatimLines lines, Changes changes)
      throws IOException {
    var out = new ByteArrayOutputStream();
    var writer = new ExportWriter(summary, changes, out);
    for (var line = lines.next(); line != null && !writer.begun; line = lines.next()) {
      writer.line(line);
    }
    return out.size();
  }

  private void line(VerbatimLines.Line line) throws IOException {
    var read = line.parse();
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

  /// A line that cannot be parsed is copied, unless it makes Codex refuse the thread.
  private void unreadable(VerbatimLines.Line line) throws IOException {
    boolean fails = !line.isText() || line.hasNuls() || summary.repairs().any(summary.paginated());
    if (line.isTooLong() || !fails) {
      line.writeTo(out);
    }
  }

  /// The lines before a joined fork's own belong to its parent, and are left out.
  private void begin(VerbatimLines.Line line, Optional<RolloutLine> read) throws IOException {
    boolean joined = summary.origin() == RolloutOrigin.JOINED;
    begun = read.filter(found -> !joined || isOwnMeta(found)).isPresent();
    if (begun) {
      first(line, read.get());
    } else if (!joined) {
      line.writeTo(out);
    }
  }

  private boolean isOwnMeta(RolloutLine line) {
    return RolloutSummary.isBehind(line, summary.inherited()) && RolloutSummary.isMeta(line);
  }

  private void first(VerbatimLines.Line line, RolloutLine read) throws IOException {
    var meta = summary.originalMeta();
    var changed = SessionMetaFields.changed(summary, meta, changes);
    if (changed == meta && read.type().equals(RolloutSummary.META)) {
      line.writeTo(out);
    } else {
      write(read, RolloutSummary.META, changed == meta ? read.payload() : changed.build());
    }
  }

  private void other(VerbatimLines.Line line, RolloutLine read) throws IOException {
    TurnMarker.own(read)
        .ifPresent(frame -> turn = frame instanceof TurnMarker.Started begun ? begun.turn() : null);
    addCounterpart(read);
    var screen = screen(read);
    if (screen.isPresent()) {
      write(read, read.type(), screen.get());
    } else if (hidesWhatIsBefore(read)) {
      write(read, RolloutSummary.FORKED_META, read.payload());
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

  private JsonMembers numbered(RolloutLine line, JsonMembers members) {
    return lacksOrdinal(line)
        ? members.with("ordinal", RawJson.of(Long.toString(place())))
        : members;
  }

  private boolean lacksOrdinal(RolloutLine line) {
    return summary.paginated() && !line.numbered() && lastOrdinal >= 0;
  }

  /// Ordinal for a line that has none. After the last line that has an ordinal, such lines are
  /// numbered consecutively. Before it, they repeat the ordinal of the preceding line, so that the
  /// ordinals of all other lines stay.
  private long place() {
    return lastOrdinal + Math.max(0, records - 1 - summary.repairs().lastNumbered());
  }

  private Optional<RawJson> screen(RolloutLine line) {
    return turn == null || !summary.paginated()
        ? Optional.empty()
        : ItemCompletedConverter.of(line, summary.thread(), turn);
  }

  private boolean hidesWhatIsBefore(RolloutLine line) {
    return summary.paginated()
        && summary.origin() == RolloutOrigin.ROLLBOOK
        && line.type().equals(RolloutSummary.META);
  }

  /// Adds the counterpart of a message that is only an event or only an item: Codex does not send
  /// events to the model, and does not show items on the screen. The added line has no ordinal. It
  /// is written before the message, because the last line of a thread needs an ordinal. A paginated
  /// thread gets no counterpart for an item, because it shows only lines that have an ordinal.
  private void addCounterpart(RolloutLine line) throws IOException {
    var of = turn;
    if (of != null && summary.turns().anyOneSided()) {
      var message =
          ChatMessage.in(line)
              .filter(found -> summary.turns().isOneSided(of, found.role()))
              .filter(found -> !found.isSent() || (!summary.paginated() && !found.isMarkup()));
      if (message.isPresent()) {
        put(message.get().counterpart(line));
      }
    }
  }

  private void write(RolloutLine line, String type, RawJson payload) throws IOException {
    var members = members(line).with("type", JsonMembers.quoted(type)).with("payload", payload);
    put((payload == line.payload() ? members : marked(line, members)).build() + "\n");
  }

  private static JsonMembers members(RolloutLine line) {
    return JsonMembers.of(line.bytes()).orElseThrow();
  }

  private static JsonMembers marked(RolloutLine line, JsonMembers members) {
    return members.with("id", JsonMembers.quoted(ExportedLineId.changed(line)));
  }

  private void put(byte[] line) throws IOException {
    out.write(line);
    out.write('\n');
  }

  private void put(String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }
}
