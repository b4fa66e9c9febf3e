package dev.rollbook.thread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.rollbook.access.Access;
import dev.rollbook.http.HttpTest;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.memory.MemoryReservation;
import dev.rollbook.model.GapId;
import dev.rollbook.model.RollbookException;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.ThreadOptions;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.projection.TurnResult;
import dev.rollbook.rollout.line.LineView;
import dev.rollbook.text.RawJson;
import dev.rollbook.turn.NewTurn;
import dev.rollbook.turn.TurnService;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

/// After any sequence of operations the ordinals of items and gaps are exactly 0 to n-1, without
/// holes or overlaps.
///
/// Calls the services rather than HTTP: hundreds of interleavings then take seconds. The profile
/// `release` runs more of them.
class OrdinalInvariantTest extends HttpTest {
  private static final long SEED = 20261122;
  private static final int INTERLEAVINGS = Integer.getInteger("rollbook.interleavings", 200);
  private static final int STEPS = 16;

  @Autowired ThreadService threads;
  @Autowired TurnService turns;
  @Autowired HistoryReader history;
  @Autowired GapService gaps;
  @Autowired LiveThreads live;
  @Autowired JdbcTemplate stateDb;

  @Test
  void itemsAndGapsTogetherAreAllOrdinalsOnce() {
    for (int n = 0; n < INTERLEAVINGS; n++) {
      var run = new Interleaving(new Random(SEED + n));
      try {
        run.run();
      } catch (AssertionError | RuntimeException failed) {
        throw new AssertionError("seed %d: %s".formatted(SEED + n, run.steps), failed);
      } finally {
        disk.heal();
        threads.delete(Access.ALL, run.thread);
      }
    }
    if (IN_DATABASE) {
      // No other program moves a rollout there, so one that was moved away was lost.
      assertThat(logged(Level.ERROR))
          .allMatch(message -> message.startsWith("the database lost the rollout of thread"));
      forgetLog();
    }
  }

  /// One thread and what happens to it.
  private final class Interleaving {
    private final Random random;
    private final List<String> steps = new ArrayList<>();
    private final ThreadId thread = ThreadId.next();
    private TurnId turn;
    private Path file;
    private Path away;
    private int sent;

    Interleaving(Random random) {
      this.random = random;
    }

    void run() {
      if (random.nextInt(10) == 0) {
        diskFails();
      }
      threads.start(Access.ALL, new NewThread(thread, ThreadOptions.NONE));
      for (int step = 0; step < STEPS; step++) {
        attempt(random.nextInt(18));
      }
      disk.heal();
      bringBack();
      assertWhole();
    }

    private void attempt(int what) {
      try {
        step(what);
      } catch (RollbookException refused) {
        steps.add("refused: " + refused.getMessage());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private void step(int what) throws IOException {
      switch (what) {
        case 0, 1 -> begin();
        case 2, 3, 4, 5, 6 -> append();
        case 7 -> end();
        case 8 -> tell("shut down", () -> threads.shutDown(Access.ALL, thread));
        case 9 -> tell("discard", () -> threads.discard(Access.ALL, thread));
        case 10 -> tell("resume", () -> threads.resume(Access.ALL, thread));
        case 11 -> diskFails();
        case 12, 13 -> tell("heal", () -> disk.heal());
        case 14 -> moveAway();
        case 15 -> bringBack();
        case 16 -> repair();
        default -> reload();
      }
      if (away == null) {
        assertWhole();
      }
    }

    private void tell(String what, Runnable action) {
      steps.add(what);
      action.run();
    }

    private void begin() {
      steps.add("begin");
      turn =
          new TurnId(turns.start(Access.ALL, thread, new NewTurn(null, input(), null)).turn().id());
    }

    private List<RolloutItem> input() {
      return items(random.nextInt(3));
    }

    private void append() {
      int count = 1 + random.nextInt(4);
      steps.add("append " + count);
      if (turn == null || random.nextInt(4) == 0) {
        turns.appendOutsideTurns(Access.ALL, thread, items(count), null);
      } else {
        turns.append(Access.ALL, thread, turn, items(count), null);
      }
    }

    private void end() {
      steps.add("end");
      if (turn != null) {
        turns.end(Access.ALL, thread, turn, new TurnResult(TurnStatus.COMPLETED, null, null, null));
        turn = null;
      }
    }

    /// Some bring an id, and some of those one that was sent before.
    private List<RolloutItem> items(int count) {
      return Stream.generate(this::item).limit(count).toList();
    }

    private RolloutItem item() {
      sent++;
      var id =
          switch (random.nextInt(4)) {
            case 0 -> "id " + sent;
            case 1 -> "id " + (1 + random.nextInt(sent));
            default -> null;
          };
      return new RolloutItem(id, null, "note", RawJson.of("" + sent), null);
    }

    private void diskFails() {
      disk.heal();
      var words = random.nextBoolean() ? "No space left on device" : "Input/output error";
      if (random.nextBoolean()) {
        steps.add("write torn");
        disk.tearNextWrite(random.nextInt(300), () -> new IOException(words));
      } else {
        steps.add("disk fails");
        disk.failWrites(path -> true, () -> new IOException(words));
      }
    }

    private void moveAway() throws IOException {
      var path = dataDir().resolve(threads.get(Access.ALL, thread).rollout().path());
      if (away == null && files.exists(path)) {
        steps.add("move away");
        file = path;
        away = files.move(file, file.resolveSibling("away-" + thread));
      }
    }

    private void bringBack() {
      try {
        if (away != null && !files.exists(file)) {
          steps.add("bring back");
          files.move(away, file);
        }
        away = null;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private void repair() {
      var open = gaps.list(Access.ALL, thread, -1, 100);
      if (!open.isEmpty()) {
        var gap = open.get(random.nextInt(open.size()));
        int count = (int) (gap.lastOrdinal() - gap.firstOrdinal() + 1);
        steps.add("repair " + gap.firstOrdinal() + " to " + gap.lastOrdinal());
        var plain =
            LongStream.range(0, count)
                .mapToObj(n -> RolloutItem.of("note", RawJson.of("\"repaired\"")))
                .toList();
        gaps.repair(Access.ALL, thread, new GapId(gap.id()), plain);
      }
    }

    /// The thread is opened anew, now and then from a state-db that has forgotten its gaps.
    private void reload() {
      if (turn != null || threads.get(Access.ALL, thread).activeTurnId() != null) {
        return;
      }
      steps.add("reload");
      threads.archive(Access.ALL, thread);
      if (random.nextBoolean() && away == null) {
        steps.add("state-db forgets");
        stateDb.update("DELETE FROM gap WHERE thread_id = ?", thread.value());
        stateDb.update("UPDATE thread SET rollout_bytes = 1 WHERE id = ?", thread.value());
      }
      threads.unarchive(Access.ALL, thread);
    }

    /// What is pending may be written just now: between two looks, not for long.
    private void assertWhole() {
      await().pollInSameThread().pollDelay(Duration.ZERO).untilAsserted(this::assertWholeNow);
    }

    private void assertWholeNow() throws IOException {
      var view = threads.get(Access.ALL, thread);
      var open = gaps.list(Access.ALL, thread, -1, 1000);
      var seen = new ArrayList<Long>();
      if (files.exists(dataDir().resolve(view.rollout().path()))) {
        var page =
            history.page(
                Access.ALL,
                thread,
                null,
                null,
                1000,
                false,
                LineView.WHOLE,
                MemoryReservation.UNLIMITED);
        page.lines().forEach(line -> seen.add(line.ordinal()));
        page.gaps().forEach(gap -> ordinals(gap).forEach(seen::add));
      } else {
        seen.add(0L);
        open.forEach(gap -> ordinals(gap).forEach(seen::add));
      }
      assertThat(seen.stream().sorted())
          .containsExactlyElementsOf(LongStream.range(0, view.nextOrdinal()).boxed().toList());
      assertThat(openGaps()).isEqualTo(open.size());
    }

    private int openGaps() {
      return live.seen(thread)
          .map(seen -> seen.progress().counters().openGaps())
          .orElseGet(() -> live.row(thread).orElseThrow().counters().openGaps());
    }

    private LongStream ordinals(GapView gap) {
      return LongStream.rangeClosed(gap.firstOrdinal(), gap.lastOrdinal());
    }
  }
}
