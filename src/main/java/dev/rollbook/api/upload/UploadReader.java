package dev.rollbook.api.upload;

import dev.rollbook.api.json.JsonBody;
import dev.rollbook.memory.MemoryReservation;
import dev.rollbook.model.RollbookException;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.RollbookException.ItemTooLarge;
import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.redaction.Redaction;
import dev.rollbook.rollout.line.LineSplitter;
import dev.rollbook.rollout.line.LineSplitter.Kind;
import dev.rollbook.rollout.line.RawLine;
import dev.rollbook.text.RawJson;
import dev.rollbook.text.Utf8;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Reads an upload in batches. A batch has the items of the next line, and of the lines that have
/// arrived together with it. A line is read in parts, one batch for each part, if it exceeds the
/// maximum size of an item, or if too little memory is free for it.
final class UploadReader {
  /// Type of the items that keep a line which is not a JSON object.
  static final String UNREADABLE_LINE = "unreadable_line";

  private static final int BUFFER_SIZE = 32 * 1024;

  /// Items to append, and the first invalid line.
  ///
  /// @param badLine number of that line, from 1
  /// @param badLines number of invalid lines; more than one only in a wrapped upload, which stores
  ///   their text and continues
  record Batch(
      List<RolloutItem> items, @Nullable RollbookException bad, long badLine, int badLines) {}

  private final LineSplitter lines;
  private final UploadFormat form;
  private final long maxItem;
  private final Redaction redaction;
  private long line;

  /// Why the current line is read in parts, and the items made of them; null between lines.
  private @Nullable RollbookException tooLong;

  private @Nullable UnreadableLine unfinished;

  UploadReader(
      InputStream in,
      UploadFormat form,
      long maxItem,
      Redaction redaction,
      MemoryReservation room) {
    this.redaction = redaction;
    // One more byte may be the CR of a CRLF.
    this.lines = new LineSplitter(in, BUFFER_SIZE, Math.toIntExact(maxItem + 1)).within(room);
    this.form = form;
    this.maxItem = maxItem;
  }

  /// Waits for the next lines; null at the end of the body.
  @Nullable Batch next() throws IOException {
    return switch (piece()) {
      case LINE -> wholeLines();
      case PART -> part();
      case NULS, NONE -> null;
    };
  }

  private Kind piece() throws IOException {
    try {
      return lines.next();
    } catch (TooManyRequests e) {
      tooLong = e;
      return lines.nextPart();
    }
  }

  private Batch part() {
    var why = tooLong == null ? new ItemTooLarge("the line", maxItem) : tooLong;
    var text = unfinished;
    boolean begins = text == null;
    if (text == null) {
      line++;
      text = new UnreadableLine(line, detail(why));
    }
    tooLong = lines.ended() ? null : why;
    unfinished = lines.ended() ? null : text;
    var bytes = lines.bytes();
    int end = lines.ended() ? RawLine.trimmedEnd(bytes, 0, bytes.length) : bytes.length;
    var items = form.isWrapped() ? items(text, bytes, end) : List.<RolloutItem>of();
    boolean counts = begins || !form.isWrapped();
    return new Batch(items, counts ? why : null, line, begins ? 1 : 0);
  }

  /// The line that was just read and those that have arrived with it.
  private Batch wholeLines() throws IOException {
    var items = new ArrayList<RolloutItem>();
    RollbookException bad = null;
    long badLine = 0;
    int badLines = 0;
    do {
      line++;
      var bytes = lines.bytes();
      // Windows shells begin a pipe with a byte order mark.
      int from = form.isWrapped() && line == 1 ? Utf8.byteOrderMark(bytes, 0, bytes.length) : 0;
      int to = RawLine.trimmedEnd(bytes, from, bytes.length);
      try {
        if (from < to) {
          items.add(item(bytes, from, to));
        }
      } catch (InvalidRequest | ItemTooLarge e) {
        badLine = bad == null ? line : badLine;
        bad = bad == null ? e : bad;
        badLines++;
        items.addAll(unreadable(e, bytes, to));
      }
    } while ((bad == null || form.isWrapped()) && lines.nextBuffered() == Kind.LINE);
    return new Batch(items, bad, badLine, badLines);
  }

  private List<RolloutItem> unreadable(RollbookException why, byte[] bytes, int to) {
    return form.isWrapped() ? items(new UnreadableLine(line, detail(why)), bytes, to) : List.of();
  }

  /// Bytes that are not UTF-8 become base64, in which no pattern matches.
  private List<RolloutItem> items(UnreadableLine line, byte[] bytes, int to) {
    var clean = redaction.unreadable(new RawLine(bytes, 0, to)).toByteArray();
    return redacted(line.items(clean, 0, clean.length));
  }

  private List<RolloutItem> redacted(List<RolloutItem> items) {
    return items.stream()
        .map(item -> RolloutItem.of(item.type(), redaction.json(item.payload())))
        .toList();
  }

  private RolloutItem item(byte[] bytes, int from, int to) {
    if (to - from > maxItem) {
      throw new ItemTooLarge("the line", maxItem);
    }
    try (var body = JsonBody.line(bytes, from, to, maxItem, redaction)) {
      return body.whole(form::read);
    }
  }

  private static String detail(RollbookException bad) {
    return String.valueOf(bad.getMessage());
  }

  /// A line of a wrapped upload that is not a JSON object, stored as items of a special type.
  ///
  /// The payload is `{line, part, reason, text}`; `base64` replaces `text` if the line is not
  /// UTF-8, so that no byte is lost. A long line has several parts.
  private static final class UnreadableLine {

    private static final int PART_BYTES = 256 * 1024;

    private final long line;
    private final String reason;
    private int parts;

    /// @param line its number in the upload, from 1
    /// @param reason why it is not an item
    UnreadableLine(long line, String reason) {
      this.line = line;
      this.reason = reason;
    }

    /// The items of the next bytes of the line.
    List<RolloutItem> items(byte[] bytes, int from, int to) {
      return from < to
          ? new RawLine(bytes, from, to - from).parts(PART_BYTES).stream().map(this::item).toList()
          : List.of();
    }

    private RolloutItem item(RawLine part) {
      var payload = new LinkedHashMap<String, Object>();
      payload.put("line", line);
      payload.put("part", ++parts);
      payload.put("reason", reason);
      var content = part.textOrBase64();
      payload.put(content.getKey(), content.getValue());
      return RolloutItem.of(
          UNREADABLE_LINE, RawJson.of(JsonMapper.shared().writeValueAsBytes(payload)));
    }
  }
}
