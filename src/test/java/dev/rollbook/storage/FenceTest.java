package dev.rollbook.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.statedb.RealPostgres;
import dev.rollbook.statedb.files.FileRow;
import dev.rollbook.statedb.files.LeaseRepository.Lease;
import dev.rollbook.statedb.files.NewChunk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The races between writers of one file, each with connections of its own.
class FenceTest {
  private static final TestDatabase DATABASE = TestDatabase.open();
  private static final Executor THREADS = Executors.newVirtualThreadPerTaskExecutor();
  private final String path = "fence/" + UUID.randomUUID();
  private Connection other;

  @BeforeEach
  void connect() throws Exception {
    if (DATABASE.leases().find().isEmpty()) {
      DATABASE.process("a process").close();
    }
    other = DriverManager.getConnection(RealPostgres.url(DATABASE.name));
    other.setAutoCommit(false);
  }

  @AfterEach
  void disconnect() throws SQLException {
    other.close();
  }

  @AfterAll
  static void close() {
    DATABASE.close();
  }

  @Test
  void oneStatementAppendsToManyFiles() throws IOException {
    var one = create(path + "-1");
    var two = create(path + "-2");

    assertThat(append(chunk(one, 0, "a"), chunk(two, 0, "bc"))).isEqualTo(keys(one, two));

    assertThat(size(one)).isEqualTo(1);
    assertThat(size(two)).isEqualTo(2);
  }

  @Test
  void aStaleClaimIsRefusedAloneInItsGroup() throws IOException {
    var stale = create(path + "-1");
    var two = create(path + "-2");
    DATABASE.files().claim(path + "-1", epoch());

    assertThat(append(chunk(stale, 0, "a"), chunk(two, 0, "b"))).isEqualTo(keys(two));

    assertThat(size(stale)).isZero();
    assertThat(text(stale)).isEmpty();
  }

  @Test
  void anAppendThatIsSentTwiceIsStoredOnce() throws IOException {
    var file = create(path);

    assertThat(append(chunk(file, 0, "a"))).isEqualTo(keys(file));
    assertThat(append(chunk(file, 0, "a"))).isEmpty();

    assertThat(text(file)).isEqualTo("a");
  }

  @Test
  void anAppendThatMeetsAClaimWaitsAndIsRefused() throws Exception {
    var file = create(path);
    execute("UPDATE rollout_file SET claim = claim + 1 WHERE path = '" + path + "'");

    var append = inBackground(() -> append(chunk(file, 0, "a")));
    awaitBlocked();
    other.commit();

    assertThat(append.get()).isEmpty();
    assertThat(text(file)).isEmpty();
  }

  @Test
  void aClaimThatMeetsAnAppendWaitsAndSeesIt() throws Exception {
    var file = create(path);
    execute(
        "UPDATE rollout_file SET size = 1 WHERE path = '%s' AND claim = %d"
            .formatted(path, file.claim()));
    execute(
        "INSERT INTO rollout_chunk (file, start, data) VALUES ('%s', 0, 'a')"
            .formatted(file.key()));

    var claim = inBackground(() -> DATABASE.files().claim(path, epoch() + 1));
    awaitBlocked();
    other.commit();

    assertThat(claim.get().orElseThrow().size()).isEqualTo(1);
    assertThat(text(file)).isEqualTo("a");
  }

  @Test
  void anEarlierProcessDoesNotOpenMoveOrDeleteAFileOfALaterOne() throws IOException {
    var files = DATABASE.files();
    create(path);
    files.claim(path, epoch() + 1);

    assertThat(files.claim(path, epoch())).isEmpty();
    var seen = files.find(path).orElseThrow();
    assertThat(files.move(seen, path + "-moved", null, epoch())).isFalse();
    assertThat(files.delete(seen, epoch())).isFalse();
    assertThat(files.setModified(path, epoch(), Instant.EPOCH)).isFalse();
    assertThat(files.find(path)).isPresent();
    assertThat(files.create(path + "-new", epoch() + 5, Instant.now()))
        .as("a file of a process without the lease")
        .isEmpty();
  }

  /// A statement that stood still on its way, until the process had gone on without it.
  @Test
  void aLateMoveOrDeletionOfAFileThatWasWrittenMeanwhileIsRefused() throws IOException {
    var files = DATABASE.files();
    var seen = create(path);
    var second = create(path + "-other");
    append(chunk(seen, 0, "a"));

    assertThat(files.delete(seen, epoch())).isFalse();
    assertThat(files.move(second, path, seen, epoch())).isFalse();
    assertThat(files.move(second, path + "-moved", seen, epoch())).isFalse();
    assertThat(files.move(seen, path + "-moved", second, epoch())).isFalse();

    assertThat(files.find(path)).isPresent();
    assertThat(files.find(path + "-other")).as("as before the move").isPresent();
    assertThat(files.delete(files.find(path).orElseThrow(), epoch())).isTrue();
  }

  @Test
  void aLateDeletionOfAFileThatWasOpenedMeanwhileIsRefused() throws IOException {
    var files = DATABASE.files();
    var seen = create(path);
    files.claim(path, epoch());

    assertThat(files.delete(seen, epoch())).isFalse();
  }

  @Test
  void ofTwoTakeoversOneSucceeds() throws Exception {
    var leases = DATABASE.leases();
    var seen = leases.find().orElseThrow();
    var next = new Lease(seen.epoch() + 1, 0, "x");
    execute(
        "UPDATE storage_lease SET epoch = epoch + 1, holder = 'y' WHERE epoch = " + seen.epoch());

    var takeover = inBackground(() -> leases.replace(seen, next));
    awaitBlocked();
    other.commit();

    assertThat(takeover.get()).isFalse();
    assertThat(leases.find().orElseThrow().holder()).isEqualTo("y");
  }

  private void execute(String sql) throws SQLException {
    try (var statement = other.createStatement()) {
      statement.execute(sql);
    }
  }

  /// Until some statement of this database waits for a lock.
  private void awaitBlocked() {
    await()
        .until(() -> {
          try (var connection = DriverManager.getConnection(RealPostgres.url(DATABASE.name));
              var statement = connection.createStatement();
              var rows =
                  statement.executeQuery(
                      "SELECT count(*) FROM pg_stat_activity"
                          + " WHERE datname = current_database() AND wait_event_type = 'Lock'")) {
            rows.next();
            return rows.getInt(1) > 0;
          }
        });
  }

  private interface Call<T> {
    T run() throws IOException;
  }

  private static <T> CompletableFuture<T> inBackground(Call<T> call) {
    return CompletableFuture.supplyAsync(() -> IoRecovery.wrapped(call::run), THREADS);
  }

  private static FileRow create(String path) throws IOException {
    return DATABASE.files().create(path, epoch(), Instant.now()).orElseThrow();
  }

  /// Of the process that has the lease.
  private static long epoch() throws IOException {
    return DATABASE.leases().find().orElseThrow().epoch();
  }

  private static Set<UUID> append(NewChunk... chunks) throws IOException {
    return DATABASE.chunks().append(List.of(chunks));
  }

  private static NewChunk chunk(FileRow file, long start, String text) {
    return new NewChunk(
        file.key(),
        file.claim(),
        start,
        text.getBytes(StandardCharsets.UTF_8),
        Instant.parse("2026-11-30T12:00:00Z"));
  }

  private static Set<UUID> keys(FileRow... files) {
    return Arrays.stream(files).map(FileRow::key).collect(Collectors.toSet());
  }

  private static long size(FileRow file) throws IOException {
    return DATABASE.files().find(file.key()).orElseThrow().size();
  }

  private static String text(FileRow file) throws IOException {
    var text = new StringBuilder();
    DATABASE
        .chunks()
        .read(file.key(), 0, 1000)
        .forEach(part -> text.append(new String(part, StandardCharsets.UTF_8)));
    return text.toString();
  }
}
