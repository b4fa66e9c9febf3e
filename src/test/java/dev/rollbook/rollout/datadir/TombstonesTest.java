package dev.rollbook.rollout.datadir;

import static dev.rollbook.rollout.TestRollouts.NOW;
import static dev.rollbook.rollout.TestRollouts.lines;
import static dev.rollbook.rollout.disk.FaultyDisk.inputOutputError;
import static dev.rollbook.rollout.disk.FaultyDisk.noSpaceLeft;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollbook.access.Owner;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.CrashConsistency;
import dev.rollbook.rollout.CrashConsistency.Promise;
import dev.rollbook.rollout.TestRollouts;
import dev.rollbook.rollout.datadir.Tombstones.Cause;
import dev.rollbook.rollout.disk.BlockedDiskCall;
import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.rollout.disk.FaultyDisk.Operation;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A deletion that was acknowledged holds, whatever happens to the process, the machine or the
/// disk.
class TombstonesTest {
  private static final ThreadId ONE = ThreadId.parse("01a20400-0000-7000-8000-000000000001");
  private static final ThreadId TWO = ThreadId.parse("01a20400-0000-7000-8000-000000000002");

  @TempDir Path directory;
  private final FaultyDisk disk = new FaultyDisk();

  @Test
  void oneLineIsWrittenPerDeletionAndPerRevocation() throws IOException {
    var tombstones = open();
    assertThat(tombstones.isEmpty()).isTrue();
    tombstones.add(ONE, Owner.NONE, Cause.REQUEST, NOW);
    tombstones.add(TWO, Owner.NONE, Cause.RETENTION, NOW);
    tombstones.lift(ONE, Cause.START, NOW);

    assertThat(file())
        .hasContent(
            """
            {"threadId":"01a20400-0000-7000-8000-000000000001","deletedAt":"2026-11-22T12:45:58.677Z","cause":"request"}
            {"threadId":"01a20400-0000-7000-8000-000000000002","deletedAt":"2026-11-22T12:45:58.677Z","cause":"retention"}
            {"threadId":"01a20400-0000-7000-8000-000000000001","liftedAt":"2026-11-22T12:45:58.677Z","cause":"start"}
            """);
    for (var each : List.of(tombstones, open())) {
      assertThat(each.contains(ONE)).isFalse();
      assertThat(each.contains(TWO)).isTrue();
    }
  }

  @Test
  void aTombstoneHasTheOwnerOfTheThread() throws IOException {
    var ann = new Owner("team-a", "ann");
    var tombstones = open();
    tombstones.add(ONE, ann, Cause.REQUEST, NOW);
    tombstones.add(TWO, Owner.NONE, Cause.REQUEST, NOW);

    for (var each : List.of(tombstones, open())) {
      assertThat(each.ownerOf(ONE)).isEqualTo(ann);
      assertThat(each.ownerOf(TWO)).isEqualTo(Owner.NONE);
    }

    var bob = new Owner("team-b", "bob");
    tombstones.lift(ONE, Cause.START, NOW);
    assertThat(tombstones.ownerOf(ONE)).isEqualTo(Owner.NONE);
    tombstones.add(ONE, bob, Cause.REQUEST, NOW);
    for (var each : List.of(tombstones, open())) {
      assertThat(each.ownerOf(ONE)).isEqualTo(bob);
    }
  }

  @Test
  void aTornLastLineDeletesNothingAndIsTruncated() throws IOException {
    open().add(ONE, Owner.NONE, Cause.REQUEST, NOW);
    var whole = Files.readString(file());
    for (int length = 1; length < whole.length(); length++) {
      var torn = whole.replace(ONE.toString(), TWO.toString()).substring(0, length);
      Files.writeString(file(), torn, StandardOpenOption.APPEND);

      var tombstones = open();

      assertThat(tombstones.contains(ONE)).isTrue();
      assertThat(tombstones.contains(TWO)).isFalse();
      assertThat(file()).hasContent(whole);
    }
  }

  @Test
  void unreadableLinesHideNoOther() throws IOException {
    open().add(ONE, Owner.NONE, Cause.REQUEST, NOW);
    Files.writeString(
        file(),
        "\0\0\0\n{}\n[1]\n{\"threadId\":7,\"deletedAt\":\"\"}\n\n" + "x".repeat(10_000) + "\n",
        StandardOpenOption.APPEND);

    open().add(TWO, Owner.NONE, Cause.REQUEST, NOW);

    assertThat(open().contains(ONE)).isTrue();
    assertThat(open().contains(TWO)).isTrue();
  }

  @Test
  void theServiceDoesNotStartWithoutReadableTombstones() throws IOException {
    open().add(ONE, Owner.NONE, Cause.REQUEST, NOW);
    disk.fail(call -> call.operation() == Operation.READ, inputOutputError());

    assertThatThrownBy(this::open)
        .hasMessageContaining("deleted.jsonl cannot be read (Input/output error)");
  }

  /// While the first is forced the others gather.
  @Test
  void concurrentDeletionsShareAnFsync() throws Exception {
    var tombstones = open();
    tombstones.add(TWO, Owner.NONE, Cause.REQUEST, NOW);
    disk.heal();
    var ids = Stream.generate(ThreadId::next).limit(64).toList();
    var held = new BlockedDiskCall(disk, call -> call.operation() == Operation.FORCE);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var first = CompletableFuture.runAsync(() -> add(tombstones, ids.getFirst()), threads);
      held.awaitReached();
      var rest =
          ids.subList(1, 64).stream()
              .map(id -> CompletableFuture.runAsync(() -> add(tombstones, id), threads))
              .toList();
      await().until(() -> tombstones.queued() == 63);
      held.letGo();
      first.join();
      rest.forEach(CompletableFuture::join);
    }
    assertThat(disk.calls()).filteredOn(call -> call.operation() == Operation.FORCE).hasSize(2);
    assertThat(ids).allMatch(open()::contains);
  }

  @Test
  void aRejectedDeletionDeletesNothingWhicheverCallFails() throws IOException {
    for (int n = 1; n <= 12; n++) {
      for (var failure : List.of(noSpaceLeft(), inputOutputError())) {
        Files.deleteIfExists(file());
        var tombstones = open();
        tombstones.add(ONE, Owner.NONE, Cause.REQUEST, NOW);
        disk.heal();
        disk.failCall(n, failure);
        boolean acknowledged = attempt(tombstones, TWO);
        assertThat(tombstones.contains(TWO)).isEqualTo(acknowledged);
        disk.heal();
        assertThat(tombstones.trouble()).isNull();

        assertThat(open().contains(ONE)).isTrue();
        assertThat(open().contains(TWO)).as("call %d fails", n).isEqualTo(acknowledged);
        tombstones.lift(ONE, Cause.START, NOW);
        assertThat(open().contains(ONE)).isFalse();
        assertThat(disk.openFiles()).isZero();
      }
    }
  }

  @Test
  void aRejectedLineThatCannotBeTruncatedIsTruncatedLater() throws IOException {
    var tombstones = open();
    tombstones.add(ONE, Owner.NONE, Cause.REQUEST, NOW);
    disk.fail(call -> call.operation() == Operation.FORCE, inputOutputError());
    assertThat(attempt(tombstones, TWO)).isFalse();
    tombstones.repair();
    assertThat(tombstones.trouble()).isEqualTo("Input/output error");

    disk.heal();
    tombstones.repair();

    assertThat(tombstones.trouble()).isNull();
    assertThat(open().contains(TWO)).isFalse();
    assertThat(Files.readAllLines(file())).hasSize(1);
  }

  @Test
  void anInterruptOfTheCallerDoesNoHarm() throws IOException {
    for (int n = 1; n <= 8; n++) {
      Files.deleteIfExists(file());
      var tombstones = open();
      disk.heal();
      disk.interruptAfterCall(n);
      boolean acknowledged = attempt(tombstones, TWO);
      Thread.interrupted();
      disk.heal();

      assertThat(open().contains(TWO)).as("after call %d", n).isEqualTo(acknowledged);
      assertThat(Files.readAllLines(file())).hasSize(acknowledged ? 1 : 0);
    }
  }

  /// Whatever the sync policy is; the old lines never come back either, also not with a new thread
  /// of the same id.
  @Test
  void aDeletedThreadStaysDeletedAfterAPowerCut() throws IOException {
    int cases =
        CrashConsistency.everywhere(cuts -> {
          var store = cuts.store();
          var ref = store.rollouts().newRef(ONE, NOW);
          var old = store.create(ref);
          if (!attempt(() -> old.append(lines(1, "old"))) || !attempt(old::close)) {
            return;
          }
          var opened = new ArrayList<Tombstones>();
          try {
            opened.add(new Tombstones(store.disk, store.dataDir));
          } catch (IllegalStateException notStarted) {
            return;
          }
          var tombstones = opened.getFirst();
          cuts.promise(new DeletedOrIntact());
          if (!attempt(() -> tombstones.add(ONE, Owner.NONE, Cause.REQUEST, NOW))) {
            cuts.heal();
            cuts.promise(cuts.deadForGood() ? new DeletedOrIntact() : new Intact());
            return;
          }
          cuts.promise(new Deleted());
          if (!attempt(() -> store.rollouts().deleteDurably(ref))) {
            cuts.heal();
            store.rollouts().deleteDurably(ref);
          }
          cuts.promise(new NoOldItems());
          if (attempt(() -> tombstones.lift(ONE, Cause.START, NOW))) {
            var fresh = store.create(ref);
            attempt(() -> fresh.append(lines(1, "new")));
            attempt(fresh::close);
          }
        });
    assertThat(cases).isGreaterThan(100);
  }

  private Tombstones open() {
    return new Tombstones(disk, new DataDir(directory));
  }

  private Path file() {
    return directory.resolve("deleted.jsonl");
  }

  private static void add(Tombstones tombstones, ThreadId id) {
    try {
      tombstones.add(id, Owner.NONE, Cause.REQUEST, NOW);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean attempt(Tombstones tombstones, ThreadId id) {
    return attempt(() -> tombstones.add(id, Owner.NONE, Cause.REQUEST, NOW));
  }

  private static boolean attempt(Closeable action) {
    try {
      action.close();
      return true;
    } catch (IOException refused) {
      return false;
    }
  }

  private static List<String> ids(TestRollouts found) throws IOException {
    var ref = found.rollouts().newRef(ONE, NOW);
    var ids = new ArrayList<String>();
    if (found.rollouts().size(ref) > 0) {
      found.read(ref).stream()
          .filter(line -> line.id() != null)
          .forEach(line -> ids.add(line.id()));
    }
    return ids;
  }

  private static boolean isDeleted(TestRollouts found) {
    return new Tombstones(found.disk, found.dataDir).contains(ONE);
  }

  private record DeletedOrIntact() implements Promise {
    @Override
    public void assertKept(TestRollouts found) throws IOException {
      assertThat(isDeleted(found) || ids(found).equals(List.of("old"))).isTrue();
    }
  }

  private record Intact() implements Promise {
    @Override
    public void assertKept(TestRollouts found) throws IOException {
      assertThat(isDeleted(found)).isFalse();
      assertThat(ids(found)).containsExactly("old");
    }
  }

  private record Deleted() implements Promise {
    @Override
    public void assertKept(TestRollouts found) {
      assertThat(isDeleted(found)).isTrue();
    }
  }

  private record NoOldItems() implements Promise {
    @Override
    public void assertKept(TestRollouts found) throws IOException {
      assertThat(ids(found)).doesNotContain("old");
    }
  }
}
