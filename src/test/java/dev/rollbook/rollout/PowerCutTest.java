package dev.rollbook.rollout;

import static dev.rollbook.rollout.TestRollouts.NOW;
import static dev.rollbook.rollout.TestRollouts.lines;
import static dev.rollbook.rollout.TestRollouts.sessionMeta;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.CrashConsistency.Promise;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.line.OrdinalRange;
import java.io.Closeable;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/// With `every-append` what was acknowledged is there after a power cut, whichever call of the disk
/// failed before, and whatever the disk has kept of what was not forced.
class PowerCutTest {
  private static final Logger TORN_LINES = (Logger) LoggerFactory.getLogger(TailRepair.class);
  private static final OrdinalRange GAP = new OrdinalRange(2, 3);
  private static final Instant ARCHIVED_AT = Instant.parse("2026-11-22T12:00:00Z");

  /// Torn lines are found by the thousand here.
  @BeforeAll
  static void silenceTornLines() {
    TORN_LINES.setLevel(Level.ERROR);
  }

  @AfterAll
  static void restoreLogLevel() {
    TORN_LINES.setLevel(null);
  }

  @Test
  void acknowledgedAppendsSurviveInOrderAndOnce() throws IOException {
    everywhere(
        1000,
        (cuts, ref, journal) -> {
          var writer = cuts.store().create(ref);
          journal.append(writer, 1, "a");
          journal.append(writer, 2, "b", "c");
          journal.attempt(writer::close);
          journal.append(writer, 4, "d");
          journal.attempt(writer::discard);
          journal.append(writer, 5, "e", "f");
          cuts.heal();
          journal.append(writer, 7, "last");
          assertThat(journal.acknowledged).endsWith("last");
        });
  }

  /// The second process did not make the file, but it is the one that acknowledges.
  @Test
  void appendsToARolloutLeftByAKilledProcessSurvive() throws IOException {
    everywhere(
        500,
        (cuts, ref, journal) -> {
          var killed = cuts.store().create(ref);
          journal.attempt(() -> {
            killed.append(lines(1, "a"));
            journal.acknowledged.add("a");
          });
          journal.sent.add("a");
          journal.promise();
          var next = cuts.restart();
          if (next.rollouts().check(ref).isEmpty()) {
            journal.append(next.rollouts().writer(ref, 0), 2, "b");
            assertThat(journal.acknowledged).endsWith("b");
          }
        });
  }

  @Test
  void aGapRepairIsAtomic() throws IOException {
    everywhere(
        500,
        (cuts, ref, journal) -> {
          var writer = cuts.store().create(ref);
          journal.append(writer, 1, "a");
          journal.append(writer, 4, "d");
          if (!journal.acknowledged.equals(List.of("a", "d"))) {
            return;
          }
          journal.sent.addAll(1, List.of("b", "c"));
          journal.promise();
          journal.attempt(() -> {
            writer.insert(GAP, lines(2, "b", "c"));
            journal.acknowledged.addAll(1, List.of("b", "c"));
          });
          journal.promise();
          if (journal.acknowledged.size() == 2) {
            writer.insert(GAP, lines(2, "b", "c"));
            journal.acknowledged.addAll(1, List.of("b", "c"));
            journal.promise();
          }
          cuts.heal();
          journal.append(writer, 5, "e");
          assertThat(journal.acknowledged).containsExactly("a", "b", "c", "d", "e");
        });
  }

  @Test
  void aForkIsAtomic() throws IOException {
    everywhere(
        500,
        (cuts, from, journal) -> {
          var to = ref(cuts.store(), 2);
          journal.append(cuts.store().create(from), 1, "a", "b");
          if (journal.acknowledged.isEmpty()) {
            return;
          }
          cuts.promise(new ForkIsAtomic(false));
          boolean made =
              journal.attempt(() -> {
                try (var part = cuts.store().rollouts().part(from, 0, 2);
                    var copy = cuts.store().rollouts().copy(part, to, sessionMeta(to), NOW)) {
                  copy.publish();
                }
              });
          cuts.promise(new ForkIsAtomic(made));
        });
  }

  @Test
  void archivingIsAtomic() throws IOException {
    everywhere(
        100,
        (cuts, ref, journal) -> {
          var writer = cuts.store().create(ref);
          journal.append(writer, 1, "a", "b");
          journal.attempt(writer::close);
          if (journal.acknowledged.isEmpty()) {
            return;
          }
          var archived = cuts.store().rollouts().ref(ref.thread(), DataDir.archived(ref.name()));
          move(cuts, journal, ref, archived);
          move(cuts, journal, archived, ref);
        });
  }

  /// Operations on one rollout.
  private interface RolloutScenario {
    void run(CrashConsistency cuts, RolloutRef ref, AppendJournal journal) throws IOException;
  }

  /// @param least how many cases there are to be, so that none is left out unseen
  private static void everywhere(int least, RolloutScenario scenario) throws IOException {
    int cases =
        CrashConsistency.everywhere(cuts -> {
          var ref = ref(cuts.store(), 1);
          scenario.run(cuts, ref, new AppendJournal(cuts, ref));
        });
    assertThat(cases).isGreaterThan(least);
  }

  private static void move(
      CrashConsistency cuts, AppendJournal journal, RolloutRef from, RolloutRef to)
      throws IOException {
    var rollouts = cuts.store().rollouts();
    boolean away = DataDir.isArchived(to.name());
    cuts.promise(new RolloutIsAtOneOf(List.of(from.name(), to.name())));
    boolean moved =
        journal.attempt(() -> {
          assertThat(away ? rollouts.archive(from, ARCHIVED_AT) : rollouts.unarchive(from))
              .isEqualTo(to);
        });
    if (!moved && !cuts.deadForGood()) {
      assertThat(rollouts.check(from)).as("moved, but reported as failed").isEmpty();
    }
    if (!moved && rollouts.check(from).isEmpty()) {
      assertThat(away ? rollouts.archive(from, ARCHIVED_AT) : rollouts.unarchive(from))
          .isEqualTo(to);
      moved = true;
    }
    if (moved) {
      cuts.promise(new RolloutIsAtOneOf(List.of(to.name())));
    }
  }

  private static RolloutRef ref(TestRollouts store, int thread) {
    var id = "01a20400-0000-7000-8000-00000000000" + thread;
    return store.rollouts().newRef(ThreadId.parse(id), NOW);
  }

  /// Ids of the lines, which are whole.
  private static List<String> ids(TestRollouts found, RolloutRef ref) throws IOException {
    var ids = new ArrayList<String>();
    for (var line : found.read(ref)) {
      if (line.id() != null) {
        assertThat(line.payload().toString()).contains("of " + line.id());
        ids.add(line.id());
      }
    }
    return ids;
  }

  /// What was sent to one rollout, and what of it was acknowledged.
  private static final class AppendJournal {
    private final CrashConsistency cuts;
    private final RolloutRef ref;
    private final List<String> sent = new ArrayList<>();
    private final List<String> acknowledged = new ArrayList<>();

    AppendJournal(CrashConsistency cuts, RolloutRef ref) {
      this.cuts = cuts;
      this.ref = ref;
    }

    void append(RolloutWriter writer, long first, String... ids) {
      sent.addAll(List.of(ids));
      promise();
      attempt(() -> {
        writer.append(lines(first, ids));
        acknowledged.addAll(List.of(ids));
      });
      promise();
    }

    void promise() {
      cuts.promise(new LinesSurvive(ref.thread(), List.copyOf(acknowledged), List.copyOf(sent)));
    }

    /// What fails is done with a disk that fails until then.
    boolean attempt(Closeable action) {
      try {
        action.close();
        return true;
      } catch (IOException failed) {
        assertThat(failed).isNotInstanceOf(RolloutGoneException.class);
        cuts.heal();
        return false;
      }
    }
  }

  /// The acknowledged lines are there, and the thread can be continued.
  ///
  /// @param sent in their order; what was not acknowledged is there or not
  private record LinesSurvive(ThreadId thread, List<String> acknowledged, List<String> sent)
      implements Promise {
    @Override
    public void assertKept(TestRollouts found) throws IOException {
      var ref = found.rollouts().newRef(thread, NOW);
      boolean known = !acknowledged.isEmpty();
      var there = found.rollouts().size(ref) == 0 ? List.<String>of() : ids(found, ref);
      assertThat(there).containsAll(acknowledged);
      assertThat(there).isEqualTo(sent.stream().filter(there::contains).toList());

      var writer = known ? found.rollouts().writer(ref, 0) : found.create(ref);
      writer.append(lines(99, "next"));

      var afterwards = new ArrayList<>(there);
      afterwards.add("next");
      assertThat(ids(found, ref)).isEqualTo(afterwards);
      assertThat(CrashConsistency.text(found, ref.path()).split("\n"))
          .hasSize(there.size() + 2)
          .allMatch(line -> line.startsWith("{\"timestamp\"") && line.endsWith("}"));
    }
  }

  private record ForkIsAtomic(boolean acknowledged) implements Promise {
    @Override
    public void assertKept(TestRollouts found) throws IOException {
      var fork = ref(found, 2);
      boolean there = found.rollouts().check(fork).isEmpty();
      assertThat(ids(found, ref(found, 1))).containsExactly("a", "b");
      assertThat(found.disk.stat(fork.path()) != null).isEqualTo(there);
      assertThat(there || !acknowledged).isTrue();
      if (there) {
        assertThat(ids(found, fork)).containsExactly("a", "b");
      }
      try (var all = found.rollouts().all()) {
        assertThat(all).hasSize(there ? 2 : 1);
      }
      found.rollouts().afterSingletonsInstantiated();
      try (var left = found.disk.walk(found.dataDir.unfinished())) {
        assertThat(left).isEmpty();
      }
    }
  }

  /// @param places where the rollout may be, under one name only
  private record RolloutIsAtOneOf(List<String> places) implements Promise {
    @Override
    public void assertKept(TestRollouts found) throws IOException {
      try (var all = found.rollouts().all()) {
        var only = all.toList();
        assertThat(only).singleElement().extracting(RolloutRef::name).isIn(places);
        assertThat(ids(found, Objects.requireNonNull(only.getFirst()))).containsExactly("a", "b");
      }
    }
  }
}
