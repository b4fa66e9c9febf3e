package dev.rollbook.packaged.restart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.packaged.PackagedService;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/// What the service finds when it starts again: after a kill, after a stop, after somebody moved or
/// damaged files, and without the state-db.
///
/// Before the tests, one service runs four times on one data-dir, and each [RestartScenario] does
/// its part in each run. A scenario that fails takes no further part; its test shows the failure.
@Order(2)
@TestInstance(Lifecycle.PER_CLASS)
class RestartIT {
  @TempDir static Path logs;
  @TempDir static Path dataDir;
  @TempDir static Path codexHome;
  private final RestartScenario skippedItems = new SkippedItemsScenario();
  private RestartScenario secondService;
  private final RestartScenario tornLine = new TornLineScenario();
  private final RestartScenario unarchivedRollout = new UnarchivedRolloutScenario();
  private final RestartScenario largeNumber = new LargeNumberScenario();
  private final RestartScenario repeatedAppend = new RepeatedAppendScenario();
  private final RestartScenario repeatedRepair = new RepeatedRepairScenario();
  private final RestartScenario replay = new ReplayScenario();
  private final RestartScenario search = new SearchScenario();
  private RestartScenario anImport;
  private final RestartScenario killedWriters = new KilledWritersScenario();
  private List<RestartScenario> scenarios;
  private PackagedService service;

  @BeforeAll
  void runFourTimes() throws Exception {
    arrangeScenarios();
    start();
    each(RestartScenario::firstRun);
    each(RestartScenario::beforeTheKill);
    kill();

    each(RestartScenario::afterTheKill);
    start();
    each(RestartScenario::secondRun);
    stop();

    each(RestartScenario::afterTheStop);
    start();
    each(RestartScenario::thirdRun);
    kill();

    PackagedService.deleteStateDb(dataDir);
    each(RestartScenario::afterTheLossOfTheStateDb);
    start();
    each(RestartScenario::runWithoutTheOldStateDb);
    stop();
  }

  @AfterAll
  void close() {
    if (service != null) {
      service.close();
    }
  }

  @Test
  void aGapIsFoundAgainAfterAKillAndWithoutTheStateDb() throws Throwable {
    skippedItems.assertHolds();
  }

  @Test
  void aSecondServiceOnTheSameDataDirDoesNotStartAndNamesTheFirst() throws Throwable {
    secondService.assertHolds();
  }

  @Test
  void aTornLastLineIsTruncatedKeptBesideAndLoggedOnce() throws Throwable {
    tornLine.assertHolds();
  }

  @Test
  void aManuallyUnarchivedRolloutIsFound() throws Throwable {
    unarchivedRollout.assertHolds();
  }

  @Test
  void aTurnWithALargeNumberInItsMetadataContinuesWithoutTheStateDb() throws Throwable {
    largeNumber.assertHolds();
  }

  @Test
  void anAppendSentThreeTimesAcrossAKillIsStoredOnce() throws Throwable {
    repeatedAppend.assertHolds();
  }

  @Test
  void aGapRepairSentAgainAfterAKillIsStoredOnce() throws Throwable {
    repeatedRepair.assertHolds();
  }

  @Test
  void everySampleIsReadBackByteForByteAfterEachRestart() throws Throwable {
    replay.assertHolds();
  }

  @Test
  void everyMessageIsFoundOnceAfterAnyDamageToTheIndex() throws Throwable {
    search.assertHolds();
  }

  @Test
  void aKillDuringAnImportNeitherLosesNorDuplicatesItems() throws Throwable {
    anImport.assertHolds();
  }

  @Test
  void everyAcknowledgedItemIsStoredOnceAfterAKillAndTheTurnContinues() throws Throwable {
    killedWriters.assertHolds();
  }

  /// Has nothing to do with the runs, but is as short as a start that fails.
  @Test
  void anAddressOfOtherMachinesWithoutTokensEndsTheStartBeforeAnythingIsWritten(
      @TempDir Path untouched) throws Exception {
    var refused = PackagedService.launch(untouched, logs, "export SERVER_ADDRESS=0.0.0.0;");

    assertThat(refused.awaitExit()).isEqualTo(1);
    assertThat(String.join("\n", refused.stdout()))
        .contains("server.address is 0.0.0.0", "no authentication is configured")
        .contains("rollbook.security.tokens-file", "rollbook.security.mode=none")
        .doesNotContain("\tat ");
    assertThat(untouched).isEmptyDirectory();
  }

  @Test
  void anEmptyTokensFileEndsTheStartInsteadOfOpeningTheService(@TempDir Path untouched)
      throws Exception {
    var refused =
        PackagedService.launch(untouched, logs, "export ROLLBOOK_SECURITY_TOKENSFILE='';");

    assertThat(refused.awaitExit()).isEqualTo(1);
    assertThat(String.join("\n", refused.stdout()))
        .contains("rollbook.security.tokens-file is set, but has no value")
        .contains("ROLLBOOK_SECURITY_TOKENSFILE")
        .doesNotContain("\tat ");
    assertThat(untouched).isEmptyDirectory();
  }

  /// In the order of each run. Skipped items come first, because they have to be found before files
  /// and rows have been compared; the writers come last, and write until the kill.
  private void arrangeScenarios() {
    secondService = new SecondServiceScenario(logs);
    anImport = new ImportScenario(codexHome);
    scenarios =
        List.of(
            skippedItems,
            secondService,
            tornLine,
            unarchivedRollout,
            largeNumber,
            repeatedAppend,
            repeatedRepair,
            replay,
            search,
            anImport,
            killedWriters);
  }

  private void each(RestartScenario.Step step) {
    scenarios.forEach(scenario -> scenario.take(step));
  }

  private void start() {
    service =
        PackagedService.start(
            dataDir, logs, "export ROLLBOOK_IMPORT_ROOTS='%s';".formatted(codexHome));
    var client = service.client();
    for (var scenario : scenarios) {
      scenario.service = service;
      scenario.client = client;
      scenario.dataDir = dataDir;
    }
  }

  private void kill() throws InterruptedException {
    service.close();
    service.awaitExit();
    assertQuiet();
  }

  private void stop() throws InterruptedException {
    assertThat(service.stop()).isEqualTo(143);
    assertQuiet();
  }

  /// Nothing is on stderr, and each warning is one that a scenario causes.
  private void assertQuiet() {
    assertThat(service.stderr()).isEmpty();
    assertThat(RestartScenario.warnings(service))
        .allMatch(line ->
            line.contains(" WARN ")
                && scenarios.stream().anyMatch(scenario -> scenario.causes(line)));
  }
}
