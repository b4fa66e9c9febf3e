package dev.rollbook.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.disk.BlockedDiskCall;
import dev.rollbook.rollout.disk.FaultyDisk.Operation;
import dev.rollbook.rollout.disk.OwnershipLostException;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.storage.TestDatabase;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Another replica takes a thread over while its rollout is written.
class TakeoverTest {
  private static final String LONG_LINE =
      "{\"timestamp\":\"2026-11-30T12:00:00.000Z\",\"ordinal\":1,\"type\":\"note\",\"payload\":\"%s\"}"
          .formatted("x".repeat(1_500_000));

  private final TestDatabase database = TestDatabase.open();
  private TestDatabase.Process first;
  private TestDatabase.Process second;
  private TestRollouts mine;
  private RolloutRef ref;
  private RolloutWriter writer;

  @BeforeEach
  void start() throws Exception {
    first = database.replica("first");
    second = database.replica("second");
    mine = TestRollouts.on(first.disk(), Path.of("/data"), SyncPolicy.INTERVAL);
    ref = mine.newRef();
    first.threads.acquire(ref.thread(), () -> {});
    writer = mine.create(ref);
    writer.append(EncodedLines.NONE);
  }

  @AfterEach
  void stop() {
    first.close();
    second.close();
    database.close();
  }

  /// It must not be repeated by the new owner: items without ids would be there twice.
  @Test
  void aWriteOfWhichAPartIsStoredIsNotRefusedAsIfNothingWere() throws Exception {
    var appends = new AtomicInteger();
    var held =
        new BlockedDiskCall(
            mine.disk,
            call -> call.operation() == Operation.APPEND && appends.incrementAndGet() == 2);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var append =
          CompletableFuture.runAsync(
              () -> {
                assertThatThrownBy(() -> writer.append(EncodedLines.of(List.of(LONG_LINE))))
                    .isInstanceOf(PartlyWrittenException.class);
              },
              threads);
      held.awaitReached();
      takeOver(ref.thread());
      held.letGo();
      append.get();
    }
    assertThat(second.disk().stat(ref.path()).size()).isGreaterThan(1_000_000);
  }

  @Test
  void aWriteOfWhichNothingIsStoredIsRefused() {
    takeOver(ref.thread());

    assertThatThrownBy(() -> writer.append(EncodedLines.of(List.of(LONG_LINE))))
        .isInstanceOf(OwnershipLostException.class);
  }

  private void takeOver(ThreadId thread) {
    var id = first.member.self().id();
    first.member.endBeats();
    await().until(() -> second.member.isGone(id));
    second.threads.acquire(thread, () -> {});
  }
}
