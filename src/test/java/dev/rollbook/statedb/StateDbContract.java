package dev.rollbook.statedb;

import dev.rollbook.access.Access;
import dev.rollbook.access.AccessPolicy;
import dev.rollbook.access.AccessPolicy.Isolation;
import dev.rollbook.access.Owner;
import dev.rollbook.statedb.ThreadRow.Activity;
import dev.rollbook.statedb.ThreadRow.Attributes;
import dev.rollbook.statedb.ThreadRow.Counters;
import dev.rollbook.statedb.ThreadRow.Lineage;
import dev.rollbook.statedb.ThreadRow.Provenance;
import dev.rollbook.statedb.ThreadRow.Storage;
import dev.rollbook.statedb.ThreadRow.TokenSums;
import dev.rollbook.text.Unicode;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
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
  AnnotationConfigApplicationContext context;

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
    return the(ThreadRepository.class).insert(bare(UUID.randomUUID(), NOW));
  }

  /// A thread with nothing that may be lacking.
  static ThreadRow bare(UUID id, Instant at) {
    return thread(id, null, null, null, at);
  }

  static ThreadRow thread(
      UUID id, @Nullable String name, @Nullable String source, @Nullable UUID parent, Instant at) {
    return thread(id, name, source, null, parent, at);
  }

  static ThreadRow thread(
      UUID id,
      @Nullable String name,
      @Nullable String source,
      @Nullable String cwd,
      @Nullable UUID parent,
      Instant at) {
    return new ThreadRow(
        id,
        new Attributes(name, null, null, false, null, 0),
        new Provenance(source, cwd, null, null, null, "bestEffort", at, Owner.NONE),
        new Lineage("thread", null, parent, null),
        new Activity(at, null, null, null, false),
        new Counters(0, 0, 1, 0),
        TokenSums.NONE,
        new Storage("sessions/" + id, 0, null, true, 1));
  }

  /// One with all of it.
  static ThreadRow full(UUID id, String text, Instant at) {
    return new ThreadRow(
        id,
        new Attributes(text, at, text, true, at, 3),
        new Provenance(
            text,
            text,
            text,
            text,
            text,
            "required",
            at,
            new Owner(Unicode.cut(text, Owner.MAX_LENGTH), Unicode.cut(text, Owner.MAX_LENGTH))),
        new Lineage("subagent", UUID.randomUUID(), UUID.randomUUID(), Long.MAX_VALUE),
        new Activity(at, text, text, UUID.randomUUID(), true),
        new Counters(Integer.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, 7),
        new TokenSums(text, text, text),
        new Storage(text, Long.MAX_VALUE, Long.MAX_VALUE, true, 1));
  }

  static ThreadRow ownedBy(Owner owner, @Nullable String source) {
    return new ThreadRow(
        UUID.randomUUID(),
        new Attributes(null, null, null, false, null, 0),
        new Provenance(source, null, null, null, null, "bestEffort", NOW, owner),
        new Lineage("thread", null, null, null),
        new Activity(NOW, null, null, null, false),
        new Counters(0, 0, 1, 0),
        TokenSums.NONE,
        new Storage("sessions/owned", 0, null, true, 1));
  }

  /// Owners, among them none, that see more or less of each other.
  static List<Owner> owners() {
    return List.of(
        Owner.NONE,
        new Owner("default", "ann"),
        new Owner("default", "bob"),
        new Owner("other", "ann"));
  }

  /// What each of the owners sees with each isolation.
  static Stream<Access> accesses() {
    return Arrays.stream(Isolation.values())
        .map(isolation -> new AccessPolicy(isolation, "default"))
        .flatMap(policy -> owners().stream().map(policy::of));
  }

  static TurnRow turn(UUID thread, UUID id, long first) {
    return new TurnRow(thread, id, "inProgress", NOW, null, first, first, 0, 0, null, null, null);
  }

  static GapRow gap(UUID thread, long first, long next, String reason) {
    return GapRow.open(thread, null, first, next, reason, NOW);
  }
}
