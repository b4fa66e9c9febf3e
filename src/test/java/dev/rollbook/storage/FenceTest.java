package dev.rollbook.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.statedb.RealPostgres;
import dev.rollbook.statedb.files.FileOwner;
import dev.rollbook.statedb.files.FileRow;
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
  private static final TestDatabase.Process SELF = DATABASE.process("a process");
  private static final UUID REPLICA = SELF.member.self().id();

  private final String path = "fence/" + UUID.randomUUID();
  private final UUID thread = UUID.randomUUID();
  private FileOwner owner;
  private Connection other;

  @BeforeEach
  void connect() throws Exception {
    owner = claimed();
    other = DriverManager.getConnection(RealPostgres.url(DATABASE.name));
    other.setAutoCommit(false);
  }

  @AfterEach
  void disconnect() throws SQLException {
    other.close();
  }

  @AfterAll
  static void close() {
    SELF.close();
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
    DATABASE.files().claim(path + "-1", owner);

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

    var claim = inBackground(() -> DATABASE.files().claim(path, owner));
    awaitBlocked();
    other.commit();

    assertThat(claim.get().orElseThrow().size()).isEqualTo(1);
    assertThat(text(file)).isEqualTo("a");
  }

  @Test
  void anEarlierOwnerDoesNotWriteOpenMoveOrDeleteAFile() throws IOException {
    var files = DATABASE.files();
    var mine = create(path);
    var unthreaded = files.create(path + "-x", nobody(), Instant.EPOCH).orElseThrow();
    claimed();

    assertThat(append(chunk(mine, 0, "a"))).isEmpty();
    assertThat(files.claim(path, owner)).isEmpty();
    assertThat(files.claimAgain(mine.key(), owner)).isEmpty();
    var seen = files.find(path).orElseThrow();
    assertThat(files.move(seen, owner, path + "-moved", null, owner)).isFalse();
    assertThat(files.move(unthreaded, nobody(), path + "-moved", null, owner)).isFalse();
    assertThat(files.delete(seen, owner)).isFalse();
    assertThat(files.setModified(path, owner, Instant.EPOCH)).isFalse();
    assertThat(files.find(path)).isPresent();
    assertThat(files.create(path + "-new", owner, Instant.EPOCH)).isEmpty();
  }

  @Test
  void aClaimOfAThreadThatMeetsAnAppendWaitsAndTakesTheFile() throws Exception {
    var file = create(path);
    execute(
        "UPDATE rollout_file SET size = 1 WHERE path = '%s' AND claim = %d"
            .formatted(path, file.claim()));

    var claim = inBackground(this::claimed);
    awaitBlocked();
    other.commit();

    long epoch = claim.get().epoch();
    var row = DATABASE.files().find(path).orElseThrow();
    assertThat(row.size()).isEqualTo(1);
    assertThat(row.epoch()).isEqualTo(epoch);
    assertThat(row.claim()).isGreaterThan(file.claim());
  }

  /// Else the file would still take appends of the earlier owner.
  @Test
  void aClaimOfAThreadDoesNotOverlookAFileThatIsBeingCreated() throws Exception {
    execute(
        "INSERT INTO rollout_file (key, path, thread, epoch, claim, size, modified_at)"
            + " SELECT gen_random_uuid(), '%s', thread_id, epoch, 1, 0, now() FROM thread_owner"
                .formatted(path)
            + " WHERE thread_id = '%s' FOR SHARE".formatted(thread));

    var claim = inBackground(this::claimed);
    awaitBlocked();
    other.commit();

    long epoch = claim.get().epoch();
    assertThat(DATABASE.files().find(path).orElseThrow().epoch()).isEqualTo(epoch);
  }

  @Test
  void aCreationThatMeetsAClaimWaitsAndIsRefused() throws Exception {
    execute("UPDATE thread_owner SET epoch = epoch + 1 WHERE thread_id = '%s'".formatted(thread));

    var created = inBackground(() -> DATABASE.files().create(path, owner, Instant.EPOCH));
    awaitBlocked();
    other.commit();

    assertThat(created.get()).isEmpty();
  }

  @Test
  void aRemovedReplicaNeitherClaimsNorWritesFilesOfNoThread() throws IOException {
    var files = DATABASE.files();
    var file = files.create(path, nobody(), Instant.EPOCH).orElseThrow();
    var removed = UUID.randomUUID();
    var right = FileOwner.ofNoThread(removed);

    assertThat(DATABASE.owners().claim(UUID.randomUUID(), removed, null)).isEmpty();
    assertThat(files.create(path + "-new", right, Instant.EPOCH)).isEmpty();
    assertThat(files.claim(path, right)).isEmpty();
    assertThat(files.claimAgain(file.key(), right)).isEmpty();
    assertThat(files.delete(file, right)).isFalse();
    assertThat(files.move(file, right, path + "-moved", null, right)).isFalse();
    assertThat(files.setModified(path, right, Instant.EPOCH)).isFalse();
    assertThat(files.delete(file, nobody())).isTrue();
  }

  /// A statement that stood still on its way, until the process had gone on without it.
  @Test
  void aLateMoveOrDeletionOfAFileThatWasWrittenMeanwhileIsRefused() throws IOException {
    var files = DATABASE.files();
    var seen = create(path);
    var second = create(path + "-other");
    append(chunk(seen, 0, "a"));

    assertThat(files.delete(seen, owner)).isFalse();
    assertThat(files.move(second, owner, path, seen, owner)).isFalse();
    assertThat(files.move(second, owner, path + "-moved", seen, owner)).isFalse();
    assertThat(files.move(seen, owner, path + "-moved", second, owner)).isFalse();

    assertThat(files.find(path)).isPresent();
    assertThat(files.find(path + "-other")).as("as before the move").isPresent();
    assertThat(files.delete(files.find(path).orElseThrow(), owner)).isTrue();
  }

  @Test
  void aLateDeletionOfAFileThatWasOpenedMeanwhileIsRefused() throws IOException {
    var files = DATABASE.files();
    var seen = create(path);
    files.claim(path, owner);

    assertThat(files.delete(seen, owner)).isFalse();
  }

  @Test
  void ofTwoTakeoversOneSucceeds() throws Exception {
    var gone = UUID.randomUUID();
    execute("UPDATE thread_owner SET owner = '%s' WHERE thread_id = '%s'".formatted(gone, thread));
    other.commit();
    var seen = DATABASE.owners().find(thread).orElseThrow();
    execute(
        "UPDATE thread_owner SET owner = '%s', epoch = epoch + 1 WHERE thread_id = '%s'"
            .formatted(UUID.randomUUID(), thread));

    var takeover = inBackground(() -> DATABASE.owners().claim(thread, REPLICA, seen));
    awaitBlocked();
    other.commit();

    assertThat(takeover.get()).isEmpty();
    assertThat(DATABASE.owners().find(thread).orElseThrow().epoch()).isEqualTo(seen.epoch() + 1);
  }

  @Test
  void aThreadOfAnotherReplicaIsNotClaimed() throws Exception {
    execute(
        "UPDATE thread_owner SET owner = '%s' WHERE thread_id = '%s'"
            .formatted(UUID.randomUUID(), thread));
    other.commit();

    assertThat(DATABASE.owners().claim(thread, REPLICA, null)).isEmpty();
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

  private FileRow create(String path) throws IOException {
    return DATABASE.files().create(path, owner, Instant.now()).orElseThrow();
  }

  /// Claims the thread; what was claimed before is obsolete.
  private FileOwner claimed() throws IOException {
    long epoch = DATABASE.owners().claim(thread, REPLICA, null).orElseThrow();
    return new FileOwner(REPLICA, thread, epoch);
  }

  private static FileOwner nobody() {
    return FileOwner.ofNoThread(REPLICA);
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
