package dev.rollbook.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.audit.AuditEntry.Actor;
import dev.rollbook.audit.AuditEntry.Outcome;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.FaultyDisk;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.health.contributor.Status;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AuditLogTest {
  private static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");
  private static final Actor ACTOR = new Actor("r1", "team-a", "ci", "token", "K1", "192.0.2.1");

  @TempDir Path directory;
  private final FaultyDisk disk = new FaultyDisk();
  private final AtomicReference<Instant> now = new AtomicReference<>(NOON);
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  @Test
  void anEntryIsOneLineWithWhoDidWhat() throws Exception {
    log(true).require(entry("thread.delete"));

    assertThat(Files.readString(file("2026-11-30")))
        .isEqualTo(
            """
            {"at":"2026-11-30T12:00:00.000Z","requestId":"r1","tenant":"team-a","caller":"ci",\
            "mechanism":"token","keyId":"K1","address":"192.0.2.1","action":"thread.delete",\
            "threadId":"t1","outcome":"refused","status":404}
            """);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file("2026-11-30"))))
        .isEqualTo("rw-------");
  }

  @Test
  void anEntryIsOnTheDiskWhenItIsAcknowledged() throws Exception {
    log(true).require(entry("a"));

    assertThat(disk.calls())
        .extracting(call -> call.operation())
        .containsSubsequence(
            FaultyDisk.Operation.APPEND,
            FaultyDisk.Operation.FORCE,
            FaultyDisk.Operation.FORCE_DIRECTORY,
            FaultyDisk.Operation.FORCE_DIRECTORY);
  }

  @Test
  void whicheverCallOfTheDiskFailsNoLineIsDamagedAndNoneIsAcknowledgedThatIsMissing()
      throws Exception {
    var log = log(true);
    log.require(entry("first"));
    disk.heal();
    log.require(entry("second"));
    int calls = disk.calls().size();
    for (int call = 1; call <= calls; call++) {
      disk.heal();
      disk.failFromCall(call, FaultyDisk.inputOutputError());
      assertThatThrownBy(() -> log.require(entry("failed"))).hasMessageContaining("Input/output");
      assertThat(log.trouble()).isPresent();
      assertThat(new AuditHealth(log).health().getStatus()).isEqualTo(new Status("DEGRADED"));
      disk.heal();
      log.require(entry("call " + call));
      assertThat(new AuditHealth(log).health().getStatus()).isEqualTo(Status.UP);
    }
    disk.tearNextWrite(7, FaultyDisk.noSpaceLeft());
    assertThatThrownBy(() -> log.require(entry("torn"))).hasMessageContaining("No space left");
    log.require(entry("last"));

    assertThat(actions("2026-11-30"))
        .contains("first", "second", "call 1", "call " + calls, "last")
        .doesNotContain("torn");
  }

  @Test
  void aTornLineOfAKilledServiceDoesNotDamageTheNextOne() throws Exception {
    log(true).require(entry("before"));
    Files.writeString(file("2026-11-30"), "{\"at\":\"20", StandardOpenOption.APPEND);

    log(true).require(entry("after"));

    assertThat(Files.readAllLines(file("2026-11-30")))
        .hasSize(3)
        .last()
        .asString()
        .contains("\"after\"");
  }

  @Test
  void theServiceTriesAgainAndSaysHowManyEntriesAreLost() throws Exception {
    var log = log(true);
    disk.failWrites(path -> true, FaultyDisk.noSpaceLeft());
    log.add(List.of(entry("lost"), entry("lost")));
    log.tick();
    disk.heal();

    log.tick();

    assertThat(actions("2026-11-30")).containsExactly("audit.resume");
    assertThat(lines("2026-11-30").getFirst().path("count").asInt()).isEqualTo(3);
    assertThat(log.trouble()).isEmpty();
    assertThat(meters.get("audit.entries").tag("result", "failed").counter().count()).isEqualTo(3);
  }

  @Test
  void tenRefusalsOfAMinuteAreWrittenAndAllOthersCounted() throws Exception {
    var log = log(true);
    for (int i = 0; i < 25; i++) {
      log.addRefusal(entry("request.refuse"));
    }
    assertThat(lines("2026-11-30")).hasSize(10);

    now.set(NOON.plusSeconds(60));
    log.tick();

    assertThat(lines("2026-11-30")).hasSize(11);
    assertThat(lines("2026-11-30").getLast().path("count").asInt()).isEqualTo(15);
  }

  @Test
  void refusalsAreSampledAfterTheClockWasSetBack() throws Exception {
    var log = log(true);
    for (int i = 0; i < 11; i++) {
      log.addRefusal(entry("request.refuse"));
    }
    now.set(NOON.minusSeconds(3600));
    log.addRefusal(entry("request.refuse"));

    assertThat(lines("2026-11-30").getLast().path("threadId").asString()).isEqualTo("t1");
    assertThat(lines("2026-11-30")).hasSize(12);
  }

  @Test
  void eachDayHasAFileAndOldOnesAreDeleted() throws Exception {
    var log = log(true);
    log.require(entry("old"));
    now.set(NOON.plus(Duration.ofDays(30)));
    log.require(entry("new"));
    var other = Files.createFile(directory.resolve("audit/audit-2000-01-01.jsonl.gz"));
    log.deleteOldFiles();
    assertThat(file("2026-11-30")).exists();

    now.set(NOON.plus(Duration.ofDays(31)));
    log.deleteOldFiles();

    assertThat(file("2026-11-30")).doesNotExist();
    assertThat(file("2026-12-30")).exists();
    assertThat(other).exists();
  }

  /// As another replica does, at midnight.
  @Test
  void anEntryIsWrittenIfAnotherProcessCreatesTheFileAtTheSameMoment() throws Exception {
    disk.createElsewhere();

    log(true).require(entry("a"));

    assertThat(actions("2026-11-30")).containsExactly("a");
  }

  @Test
  void nothingIsWrittenIfThereIsNoAudit() throws Exception {
    var log = log(false);
    log.require(entry("a"));
    log.add(entry("b"));
    log.addRefusal(entry("c"));
    log.tick();

    assertThat(directory.resolve("audit")).doesNotExist();
  }

  private AuditLog log(boolean enabled) {
    InstantSource source = now::get;
    return new AuditLog(
        enabled,
        new AuditProperties(null, Duration.ofDays(30)),
        disk,
        new DataDir(directory),
        source.withZone(ZoneOffset.UTC),
        meters);
  }

  private static AuditEntry entry(String action) {
    return new AuditEntry(ACTOR, action, "t1", null, Outcome.REFUSED, 404, null);
  }

  private Path file(String day) {
    return directory.resolve("audit/audit-" + day + ".jsonl");
  }

  private List<String> actions(String day) throws IOException {
    return lines(day).stream().map(line -> line.path("action").stringValue()).toList();
  }

  private List<JsonNode> lines(String day) throws IOException {
    return Files.readAllLines(file(day)).stream()
        .filter(line -> !line.isEmpty())
        .map(line -> JsonMapper.shared().readTree(line))
        .toList();
  }
}
