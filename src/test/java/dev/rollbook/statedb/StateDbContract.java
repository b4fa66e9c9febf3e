package dev.rollbook.statedb;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/// What every test of the state-db's queries starts from: the tables, empty at first, and rows to
/// put into them. Each test makes threads of its own.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class StateDbContract {
  static final Instant NOW = Instant.parse("2026-11-24T10:11:12.345Z");

  /// What people and programs write: quotes, wildcards, other scripts, whatever has a meaning to
  /// SQL.
  static final String ODD = "it's 100%_of!\\ \"it\" \u2028 \uD83D\uDE00 日本 ?:x {ts} \u007f\r\n--;";

  private Path dataDir;
  private AnnotationConfigApplicationContext context;

  /// Properties that choose the database.
  abstract Map<String, Object> database();

  @BeforeAll
  void open(@TempDir Path directory) {
    dataDir = directory;
    context = StateDbAlone.open(database());
  }

  @AfterAll
  void close() {
    context.close();
  }

  Map<String, Object> h2() {
    return Map.of("rollbook.data-dir", dataDir.toString());
  }

  static Map<String, Object> postgres() {
    return Map.of("spring.datasource.url", RealPostgres.url(RealPostgres.newDatabase()));
  }

  <T> T the(Class<T> type) {
    return context.getBean(type);
  }

  void inTransaction(Runnable action) {
    new TransactionTemplate(the(PlatformTransactionManager.class))
        .executeWithoutResult(status -> action.run());
  }

  ThreadRow insertThread() {
    return the(ThreadRows.class).insert(bare(UUID.randomUUID(), NOW));
  }

  /// A thread with nothing that may be lacking.
  static ThreadRow bare(UUID id, Instant at) {
    return thread(id, null, null, null, at);
  }

  static ThreadRow thread(
      UUID id, @Nullable String name, @Nullable String source, @Nullable UUID parent, Instant at) {
    return new ThreadRow(
        id,
        name,
        null,
        source,
        null,
        null,
        null,
        null,
        null,
        "bestEffort",
        parent,
        at,
        at,
        null,
        0,
        null,
        0,
        1,
        0,
        "sessions/" + id,
        0,
        false,
        0,
        null,
        null,
        null,
        false,
        null,
        "thread",
        null,
        null,
        1,
        true,
        null);
  }

  /// One with all of it.
  static ThreadRow full(UUID id, String text, Instant at) {
    return new ThreadRow(
        id,
        text,
        text,
        text,
        text,
        text,
        text,
        text,
        text,
        "required",
        UUID.randomUUID(),
        at,
        at,
        at,
        Integer.MAX_VALUE,
        UUID.randomUUID(),
        Long.MAX_VALUE,
        Long.MAX_VALUE,
        7,
        text,
        Long.MAX_VALUE,
        true,
        3,
        text,
        text,
        text,
        true,
        Long.MAX_VALUE,
        "subagent",
        UUID.randomUUID(),
        Long.MAX_VALUE,
        1,
        true,
        at);
  }

  static TurnRow turn(UUID thread, UUID id, long first) {
    return new TurnRow(thread, id, "inProgress", NOW, null, first, first, 0, 0, null, null, null);
  }

  static GapRow gap(UUID thread, long first, long next, String reason) {
    return GapRow.open(thread, null, first, next, reason, NOW);
  }
}
