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
  static void quiet() {
    TORN_LINES.setLevel(Level.ERROR);
  }

  @AfterAll
  static void loud() {
    TORN_LINES.setLevel(null);
  }

  @Test
  void acknowledgedAppendsSurviveInOrderAndOnce() throws IOException {
    everywhere(
        1000,
        (cuts, ref, told) -> {
          var writer = cuts.store().create(ref);
          told.append(writer, 1, "a");
          told.append(writer, 2, "b", "c");
          told.attempt(writer::close);
          told.append(writer, 4, "d");
          told.attempt(writer::discard);
          told.append(writer, 5, "e", "f");
          cuts.heal();
          told.append(writer, 7, "last");
          assertThat(told.acknowledged).endsWith("last");
        });
  }

  /// The second process did not make the file, but it is the one that acknowledges.
  @Test
  void appendsToARolloutLeftByAKilledProcessSurvive() throws IOException {
    everywhere(
        500,
        (cuts, ref, told) -> {
          var killed = cuts.store().create(ref);
          told.attempt(() -> {
            killed.append(lines(1, "a"));
            told.acknowledged.add("a");
          });
          told.sent.add("a");
          told.promise();
          var next = cuts.restart();
          if (next.rollouts().check(ref).isEmpty()) {
            told.append(next.rollouts().writer(ref, 0), 2, "b");
            assertThat(told.acknowledged).endsWith("b");
          }
        });
  }

  @Test
  void aGapRepairIsAtomic() throws IOException {
    everywhere(
        500,
        (cuts, ref, told) -> {
          var writer = cuts.store().create(ref);
          told.append(writer, 1, "a");
          told.append(writer, 4, "d");
          if (!told.acknowledged.equals(List.of("a", "d"))) {
            return;
          }
          told.sent.addAll(1, List.of("b", "c"));
          told.promise();
          told.attempt(() -> {
            writer.insert(GAP, lines(2, "b", "c"));
            told.acknowledged.addAll(1, List.of("b", "c"));
          });
          told.promise();
          if (told.acknowledged.size() == 2) {
            writer.insert(GAP, lines(2, "b", "c"));
            told.acknowledged.addAll(1, List.of("b", "c"));
            told.promise();
          }
          cuts.heal();
          told.append(writer, 5, "e");
          assertThat(told.acknowledged).containsExactly("a", "b", "c", "d", "e");
        });
  }

  @Test
  void aForkIsAtomic() throws IOException {
    everywhere(
        500,
        (cuts, from, told) -> {
          var to = ref(cuts.store(), 2);
          told.append(cuts.store().create(from), 1, "a", "b");
          if (told.acknowledged.isEmpty()) {
            return;
          }
          cuts.promise(new Forked(false));
          boolean made =
              told.attempt(() -> {
                try (var part = cuts.store().rollouts().part(from, 0, 2);
                    var copy = cuts.store().rollouts().copy(part, to, sessionMeta(to), NOW)) {
                  copy.publish();
                }
              });
          cuts.promise(new Forked(made));
        });
  }

  @Test
  void archivingIsAtomic() throws IOException {
    everywhere(
        100,
        (cuts, ref, told) -> {
          var writer = cuts.store().create(ref);
          told.append(writer, 1, "a", "b");
          told.attempt(writer::close);
          if (told.acknowledged.isEmpty()) {
            return;
          }
          var archived = cuts.store().rollouts().ref(ref.thread(), DataDir.archived(ref.name()));
          move(cuts, told, ref, archived);
          move(cuts, told, archived, ref);
        });
  }

  /// What is done to one rollout.
  private interface Story {
    void run(CrashConsistency cuts, RolloutRef ref, Told told) throws IOException;
  }

  /// @param least how many cases there are to be, so that none is left out unseen
  private static void everywhere(int least, Story story) throws IOException {
    int cases =
        CrashConsistency.everywhere(cuts -> {
          var ref = ref(cuts.store(), 1);
          story.run(cuts, ref, new Told(cuts, ref));
        });
    assertThat(cases).isGreaterThan(least);
  }

  private static void move(CrashConsistency cuts, Told told, RolloutRef from, RolloutRef to)
      throws IOException {
    var rollouts = cuts.store().rollouts();
    boolean away = DataDir.isArchived(to.name());
    cuts.promise(new Somewhere(List.of(from.name(), to.name())));
    boolean moved =
        told.attempt(() -> {
          assertThat(away ? rollouts.archive(from, ARCHIVED_AT) : rollouts.unarchive(from))
              .isEqualTo(to);
        });
    if (!moved && !cuts.deadForGood()) {
      assertThat(rollouts.check(from)).as("moved, but told otherwise").isEmpty();
    }
    if (!moved && rollouts.check(from).isEmpty()) {
      assertThat(away ? rollouts.archive(from, ARCHIVED_AT) : rollouts.unarchive(from))
          .isEqualTo(to);
      moved = true;
    }
    if (moved) {
      cuts.promise(new Somewhere(List.of(to.name())));
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
  private static final class Told {
    private final CrashConsistency cuts;
    private final RolloutRef ref;
    private final List<String> sent = new ArrayList<>();
    private final List<String> acknowledged = new ArrayList<>();

    Told(CrashConsistency cuts, RolloutRef ref) {
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
      cuts.promise(new Lines(ref.thread(), List.copyOf(acknowledged), List.copyOf(sent)));
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

  /// The lines are there, and the thread can be gone on with.
  ///
  /// @param sent in their order; what was not acknowledged is there or not
  private record Lines(ThreadId thread, List<String> acknowledged, List<String> sent)
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

  private record Forked(boolean told) implements Promise {
    @Override
    public void assertKept(TestRollouts found) throws IOException {
      var fork = ref(found, 2);
      boolean there = found.rollouts().check(fork).isEmpty();
      assertThat(ids(found, ref(found, 1))).containsExactly("a", "b");
      assertThat(found.disk.stat(fork.path()) != null).isEqualTo(there);
      assertThat(there || !told).isTrue();
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

  /// @param places where it may be, by one name
  private record Somewhere(List<String> places) implements Promise {
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
