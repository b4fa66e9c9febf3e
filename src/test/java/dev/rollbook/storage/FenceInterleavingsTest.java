package dev.rollbook.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.rollout.disk.FileInput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// Random interleavings of writers of two replicas while connections are killed: the file is what
/// the acknowledged appends say. The second replica takes over the thread of the first one, which
/// it believes to be gone, or both append to a file of no thread.
///
/// The order of what happened is that of a shared counter: an append that ended before another one
/// began is before it in the file.
class FenceInterleavingsTest {
  private static final int ROUNDS = Integer.getInteger("rollbook.fence.rounds", 250);
  private static final int APPENDS = 20;
  private static final long SEED =
      Long.getLong("rollbook.fence.seed", new Random().nextInt(1_000_000));

  private final AtomicLong time = new AtomicLong();

  /// An append and its outcome.
  ///
  /// @param later whether the second replica sent it, after it has taken over
  private record Attempt(
      String token, boolean later, boolean acknowledged, long begun, long ended) {}

  @Test
  void acknowledgedAppendsAreStoredOnceAndInOrder() throws Exception {
    var random = new Random(SEED);
    try (var database = TestDatabase.open();
        var first = database.replica("first")) {
      first.member.endBeats();
      try (var second = database.replica("second")) {
        await().until(() -> second.member.isGone(first.member.self().id()));
        for (int round = 0; round < ROUNDS; round++) {
          boolean isShared = random.nextInt(4) == 0;
          interleave(database, first.disk(), second.disk(), round, isShared, random);
        }
      }
    }
  }

  private void interleave(
      TestDatabase database, Disk first, Disk second, int round, boolean isShared, Random random)
      throws Exception {
    var name = isShared ? "shared-%d" : "rollout-2026-11-30T12-00-00-%s.jsonl";
    var path = Path.of("/fence", name.formatted(isShared ? round : ThreadId.next()));
    var attempts = new ArrayList<Future<List<Attempt>>>();
    create(first, path);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int writer = 0; writer < 4; writer++) {
        var id = "%d.%d".formatted(round, writer);
        var disk = writer >= 2 ? second : first;
        boolean later = writer >= 2 && !isShared;
        var seed = new Random(random.nextLong());
        attempts.add(threads.submit(() -> write(disk, path, id, later, seed)));
      }
      if (random.nextBoolean()) {
        int most = random.nextInt(8);
        threads.submit(() -> database.killConnections(most));
      }
    }
    var all = new ArrayList<Attempt>();
    for (var attempt : attempts) {
      all.addAll(attempt.get());
    }
    assertStored(all, text(second, path), "seed %d, round %d".formatted(SEED, round));
  }

  private static void create(Disk disk, Path path) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        disk.create(path).close();
        return;
      } catch (FileAlreadyExistsException e) {
        return;
      } catch (IOException killed) {
        if (attempt == 100) {
          throw killed;
        }
      }
    }
  }

  private List<Attempt> write(Disk disk, Path path, String name, boolean later, Random random) {
    var attempts = new ArrayList<Attempt>();
    int left = 1 + random.nextInt(APPENDS / 2);
    while (left > 0) {
      try (var file = disk.openForAppend(path)) {
        for (int n = 1 + random.nextInt(3); n > 0 && left > 0; n--, left--) {
          attempts.add(append(file, name + "." + left, later));
        }
      } catch (IOException refused) {
        left--;
      }
    }
    return attempts;
  }

  private Attempt append(DiskFile file, String token, boolean later) {
    long begun = time.incrementAndGet();
    boolean acknowledged = true;
    try {
      file.appendText(token + "\n");
    } catch (IOException failed) {
      acknowledged = false;
    }
    return new Attempt(token, later, acknowledged, begun, time.incrementAndGet());
  }

  private static void assertStored(List<Attempt> attempts, String text, String when) {
    var stored = text.isEmpty() ? List.<String>of() : Arrays.asList(text.split("\n"));
    assertThat(stored).as("no append twice, %s", when).doesNotHaveDuplicates();
    var sent = new HashSet<String>();
    attempts.forEach(attempt -> sent.add(attempt.token()));
    assertThat(sent).as("nothing else, %s", when).containsAll(stored);
    var acknowledged = attempts.stream().filter(Attempt::acknowledged).toList();
    assertThat(stored)
        .as("every acknowledged append, %s", when)
        .containsAll(acknowledged.stream().map(Attempt::token).toList());
    for (var one : acknowledged) {
      for (var other : acknowledged) {
        if (one.ended() < other.begun()) {
          assertThat(stored.indexOf(one.token()))
              .as("%s before %s, %s", one, other, when)
              .isLessThan(stored.indexOf(other.token()));
          assertThat(one.later() && !other.later())
              .as("%s after the takeover by %s, %s", other, one, when)
              .isFalse();
        }
      }
    }
  }

  private static String text(Disk disk, Path path) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try (var in = FileInput.open(disk, path, 0)) {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException killed) {
        if (attempt == 100) {
          throw killed;
        }
      }
    }
  }
}
