package dev.rollbook.api.upload;

import dev.rollbook.access.Access;
import dev.rollbook.api.turns.AppendReceipt;
import dev.rollbook.cluster.OwnedElsewhereException;
import dev.rollbook.model.AppendOutcome;
import dev.rollbook.model.RollbookException;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.RollbookException.ItemTooLarge;
import dev.rollbook.model.RollbookException.OwnerUnavailable;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.RollbookException.QuotaExceeded;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.SkipReason;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.redaction.Redaction;
import dev.rollbook.rollout.RolloutProperties;
import dev.rollbook.turn.TurnService;
import dev.rollbook.web.http.MediaTypes;
import dev.rollbook.web.limits.RequestMemory;
import dev.rollbook.web.tomcat.UploadConnections;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// Controller for uploads: request bodies of any length with one item per line. The lines that have
/// arrived are appended before more of the body is read.
@RestController
@RequestMapping(
    path = "/v1/threads/{threadId}",
    consumes = MediaTypes.NDJSON,
    produces = MediaType.APPLICATION_JSON_VALUE)
class UploadController {
  /// So that a shutdown does not wait for an upload that waits for its quota.
  private static final Duration MAX_PAUSE = Duration.ofSeconds(1);

  private final TurnService turns;
  private final UploadConnections connections;
  private final RequestMemory memory;
  private final long maxItem;
  private final Redaction redaction;

  UploadController(
      TurnService turns,
      UploadConnections connections,
      RequestMemory memory,
      RolloutProperties rollout,
      Redaction redaction) {
    this.redaction = redaction;
    this.memory = memory;
    this.turns = turns;
    this.connections = connections;
    this.maxItem = rollout.maxItemSize().toBytes();
  }

  @PostMapping("/turns/{turnId}/items")
  AppendReceipt append(
      Access access,
      @PathVariable ThreadId threadId,
      @PathVariable TurnId turnId,
      @RequestParam(required = false) @Nullable Long expectedOrdinal,
      @RequestParam(required = false) @Nullable String wrap,
      HttpServletRequest request)
      throws IOException {
    return append(
        access, request, threadId, turnId, UploadFormat.of(wrap), ordinal(expectedOrdinal));
  }

  @PostMapping("/items")
  AppendReceipt appendOutsideTurns(
      Access access,
      @PathVariable ThreadId threadId,
      @RequestParam(required = false) @Nullable Long expectedOrdinal,
      @RequestParam(required = false) @Nullable String wrap,
      HttpServletRequest request)
      throws IOException {
    return append(access, request, threadId, null, UploadFormat.of(wrap), ordinal(expectedOrdinal));
  }

  private static @Nullable Long ordinal(@Nullable Long expected) {
    if (expected != null && expected < 0) {
      throw new InvalidRequest("expectedOrdinal", "must be an integer of at least 0");
    }
    return expected;
  }

  /// The body of a wrapped upload is read to its end even if its lines cannot be appended: the
  /// sender is an agent in the middle of its turn, and a broken pipe may kill it. Other uploads are
  /// answered at the first failure; only after a bad line the rest is read, too.
  ///
  /// @param turn of the lines; null for none
  /// @param expectedOrdinal required ordinal of the first item; null for any
  private AppendReceipt append(
      Access access,
      HttpServletRequest request,
      ThreadId thread,
      @Nullable TurnId turn,
      UploadFormat form,
      @Nullable Long expectedOrdinal)
      throws IOException {
    var upload = UploadProgress.begin(request, thread, turn);
    var in = request.getInputStream();
    try {
      // Fails at once if nothing can be appended.
      upload.add(appendPaced(access, thread, turn, List.of(), null));
      var lines = new UploadReader(in, form, maxItem, redaction, memory.of(request).another());
      upload.beginLines();
      copy(access, lines, upload, form, thread, turn, expectedOrdinal);
      return upload.receipt();
    } catch (OwnedElsewhereException e) {
      throw moved(e, thread, upload);
    } catch (RollbookException e) {
      upload.stoppedBy(e);
      if (form.isWrapped() || e instanceof InvalidRequest || e instanceof ItemTooLarge) {
        in.transferTo(OutputStream.nullOutputStream());
      }
      throw e;
    } catch (IOException e) {
      if (connections.isStopping()) {
        throw stopping(thread, e);
      }
      throw e;
    }
  }

  private void copy(
      Access access,
      UploadReader lines,
      UploadProgress upload,
      UploadFormat form,
      ThreadId thread,
      @Nullable TurnId turn,
      @Nullable Long expectedOrdinal)
      throws IOException {
    var expected = expectedOrdinal;
    for (var batch = lines.next(); batch != null; batch = lines.next()) {
      if (!batch.items().isEmpty()) {
        upload.add(appendPaced(access, thread, turn, batch.items(), expected));
        expected = null;
      }
      if (batch.bad() != null && !form.isWrapped()) {
        upload.stoppedAtLine(batch.badLine());
        throw batch.bad();
      }
      upload.addUnreadable(batch);
    }
  }

  /// Waits if the tenant appends more items a second than its quota allows. Meanwhile, the sender
  /// waits, too, because its lines are not read.
  ///
  /// @throws QuotaExceeded if the tenant has no bytes left
  private AppendOutcome appendPaced(
      Access access,
      ThreadId thread,
      @Nullable TurnId turn,
      List<RolloutItem> items,
      @Nullable Long expected) {
    while (true) {
      try {
        return append(access, thread, turn, items, expected);
      } catch (QuotaExceeded e) {
        if (!e.isRate() || !pause(e.retryAfter())) {
          throw e;
        }
      }
    }
  }

  /// @return false if the service stops
  private boolean pause(Duration time) {
    try {
      Thread.sleep(time.compareTo(MAX_PAUSE) < 0 ? time : MAX_PAUSE);
      return !connections.isStopping();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private AppendOutcome append(
      Access access,
      ThreadId thread,
      @Nullable TurnId turn,
      List<RolloutItem> items,
      @Nullable Long expected) {
    return turn == null
        ? turns.appendOutsideTurns(access, thread, items, expected)
        : turns.append(access, thread, turn, items, expected);
  }

  /// Before the first line, the whole upload can be passed on. The lines after those in the receipt
  /// can only be sent again.
  private static RuntimeException moved(
      OwnedElsewhereException elsewhere, ThreadId thread, UploadProgress upload) {
    return upload.hasBegun()
        ? new OwnerUnavailable(
            thread,
            "another replica has taken over the thread: send the lines after the receipt again")
        : elsewhere;
  }

  private static PersistenceUnavailable stopping(ThreadId thread, IOException cause) {
    var reason = SkipReason.WRITER_SHUTTING_DOWN;
    return new PersistenceUnavailable(thread, reason, reason.message(thread), cause);
  }
}
