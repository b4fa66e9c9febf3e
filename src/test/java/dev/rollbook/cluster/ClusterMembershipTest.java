package dev.rollbook.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollbook.model.StartupException;
import dev.rollbook.storage.TestDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Which processes use one database at the same time.
class ClusterMembershipTest {
  private final TestDatabase database = TestDatabase.open();

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void aSecondProcessWithoutAnAddressIsRefusedAndToldWhoUsesTheFiles() {
    try (var first = database.process("pid 1 on host one")) {
      first.member.listensOn("localhost:8080");
      await()
          .untilAsserted(() ->
              assertThatThrownBy(() -> database.process("second"))
                  .isInstanceOf(StartupException.class)
                  .hasMessageContaining("pid 1 on host one, listening on localhost:8080"));
      assertThat(first.member.isLost()).isFalse();
    }
  }

  @Test
  void aProcessWithAnAddressIsRefusedBesideOneWithoutAndTheReverse() {
    try (var _ = database.process("first")) {
      assertThatThrownBy(() -> database.replica("second"))
          .isInstanceOf(StartupException.class)
          .hasMessageContaining("first");
    }
    try (var _ = database.replica("third")) {
      assertThatThrownBy(() -> database.process("fourth"))
          .isInstanceOf(StartupException.class)
          .hasMessageContaining("third");
    }
  }

  @Test
  void anOrderlyStopLetsTheNextOneStartAtOnce() throws Exception {
    database.process("first").close();

    assertThat(database.replicas().findAll()).isEmpty();
    database.process("second").close();
  }

  @Test
  void ofManyProcessesThatStartTogetherOneIsTheOnlyOne() throws Exception {
    var starts = new ArrayList<Future<TestDatabase.Process>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int n = 0; n < 4; n++) {
        var name = "process " + n;
        starts.add(threads.submit(() -> database.process(name)));
      }
    }
    var started = new ArrayList<TestDatabase.Process>();
    for (var start : starts) {
      try {
        started.add(start.get());
      } catch (ExecutionException e) {
        assertThat(e).hasCauseInstanceOf(StartupException.class);
      }
    }

    assertThat(started).hasSize(1);
    started.getFirst().close();
  }

  @Test
  void aSilentProcessIsReplacedAndWritesNothingOnceItKnows() throws Exception {
    var lost = new AtomicInteger();
    var path = Path.of("/data/file");
    try (var first = database.process("first", lost::incrementAndGet)) {
      var mine = first.disk().create(path);
      first.member.endBeats();
      try (var second = database.process("second")) {
        mine.appendText("1");
        first.member.beat();

        assertThat(first.member.isLost()).isTrue();
        assertThat(lost).hasValue(1);
        assertThatThrownBy(() -> mine.appendText("stale")).hasMessageContaining("another Rollbook");
        assertThatThrownBy(() -> mine.truncate(0)).hasMessageContaining("another Rollbook");
        assertThatThrownBy(() -> first.disk().openForAppend(path))
            .hasMessageContaining("another Rollbook");
        assertThatThrownBy(() -> first.disk().move(path, Path.of("/data/moved")))
            .hasMessageContaining("another Rollbook");
        assertThat(second.disk().stat(path).size()).isEqualTo(1);
      }
    }
  }

  /// A process that still starts announces afterwards that it is ready.
  @Test
  void aProcessThatWasRemovedSaysSoAgainAndAgain() {
    var lost = new AtomicInteger();
    try (var first = database.process("first", lost::incrementAndGet)) {
      database.execute("DELETE FROM replica");

      await().until(() -> lost.get() > 2);
      assertThat(first.member.isLost()).isTrue();
    }
  }

  @Test
  void aSilentProcessThatDoesNotKnowItYetOpensNoFile() throws Exception {
    var path = Path.of("/data/file");
    try (var first = database.process("first")) {
      first.disk().create(path).close();
      first.member.endBeats();
      try (var _ = database.process("second")) {
        assertThatThrownBy(() -> first.disk().openForAppend(path))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("another Rollbook");
        assertThatThrownBy(() -> first.disk().create(Path.of("/data/new")))
            .hasMessageContaining("another Rollbook");
        assertThatThrownBy(() -> first.disk().delete(path))
            .hasMessageContaining("another Rollbook");
      }
    }
  }

  @Test
  void replicasWithAddressesKnowEachOther() throws Exception {
    try (var first = database.replica("first");
        var second = database.replica("second")) {
      first.member.beat();
      second.member.stopping();
      second.member.beat();
      first.member.beat();

      assertThat(first.member.peers()).containsExactly(second.member.self());
      assertThat(second.member.peers()).containsExactly(first.member.self());
      assertThat(first.member.peers().getFirst().isStopping()).isTrue();
      assertThat(first.member.isGone(second.member.self().id())).isFalse();
    }
  }

  @Test
  void aSilentReplicaIsGoneUntilItIsHeardAgain() throws Exception {
    try (var first = database.replica("first");
        var second = database.replica("second")) {
      var id = second.member.self().id();
      second.member.endBeats();
      await().until(() -> first.member.isGone(id));
      assertThat(first.member.peers()).isEmpty();

      second.member.beat();
      await().until(() -> !first.member.isGone(id));
      assertThat(first.member.peers()).hasSize(1);
      assertThat(second.member.isLost()).isFalse();
    }
  }
}
