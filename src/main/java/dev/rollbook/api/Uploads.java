package dev.rollbook.api;

import dev.rollbook.api.limit.RequestMemory;
import dev.rollbook.api.limit.UploadConnections;
import dev.rollbook.model.AppendOutcome;
import dev.rollbook.model.RollbookException;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.RollbookException.ItemTooLarge;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.SkipReason;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.rollout.RolloutProperties;
import dev.rollbook.turn.Turns;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Appends the lines of a body while they arrive: what has come is written before more is read.
@Component
class Uploads {
  private final Turns turns;
  private final UploadConnections connections;
  private final RequestMemory memory;
  private final long maxItem;

  Uploads(
      Turns turns, UploadConnections connections, RequestMemory memory, RolloutProperties rollout) {
    this.memory = memory;
    this.turns = turns;
    this.connections = connections;
    this.maxItem = rollout.maxItemSize().toBytes();
  }

  /// The sender of a wrapped upload is an agent in the middle of its turn: its body is read to the
  /// end whatever becomes of the lines, as it may not survive a broken pipe. Other senders are
  /// answered at once, except that the rest behind a bad line is read too.
  ///
  /// @param turn that the lines belong to; null for none
  /// @param expectedOrdinal that the first item is to get; null for any
  Receipt take(
      HttpServletRequest request,
      ThreadId thread,
      @Nullable TurnId turn,
      LineForm form,
      @Nullable Long expectedOrdinal)
      throws IOException {
    var upload = Upload.begin(request, thread, turn);
    var in = request.getInputStream();
    try {
      // Refuses at once what no line could be appended to.
      upload.add(append(thread, turn, List.of(), null));
      var lines = new ItemLines(in, form, maxItem, memory.of(request).another());
      copy(lines, upload, form, thread, turn, expectedOrdinal);
      return upload.receipt();
    } catch (RollbookException failure) {
      upload.stoppedBy(failure);
      if (form.isWrapped()
          || failure instanceof InvalidRequest
          || failure instanceof ItemTooLarge) {
        in.transferTo(OutputStream.nullOutputStream());
      }
      throw failure;
    } catch (IOException broken) {
      if (connections.areStopping()) {
        throw stopping(thread, broken);
      }
      throw broken;
    }
  }

  private void copy(
      ItemLines lines,
      Upload upload,
      LineForm form,
      ThreadId thread,
      @Nullable TurnId turn,
      @Nullable Long expectedOrdinal)
      throws IOException {
    var expected = expectedOrdinal;
    for (var batch = lines.next(); batch != null; batch = lines.next()) {
      if (!batch.items().isEmpty()) {
        upload.add(append(thread, turn, batch.items(), expected));
        expected = null;
      }
      if (batch.bad() != null && !form.isWrapped()) {
        upload.stoppedAtLine(batch.badLine());
        throw batch.bad();
      }
      upload.addUnreadable(batch);
    }
  }

  private AppendOutcome append(
      ThreadId thread, @Nullable TurnId turn, List<RolloutItem> items, @Nullable Long expected) {
    return turn == null
        ? turns.appendOutsideTurns(thread, items, expected)
        : turns.append(thread, turn, items, expected);
  }

  private static PersistenceUnavailable stopping(ThreadId thread, IOException cause) {
    var reason = SkipReason.WRITER_SHUTTING_DOWN;
    return new PersistenceUnavailable(thread, reason, reason.message(thread), cause);
  }
}
