package dev.rollbook.packaged.restart;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.packaged.PackagedService;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One rule about restarts, proven in up to four runs of a service.
///
/// All scenarios share these runs, because each start costs seconds of processor time. So a
/// scenario looks only at its own threads, and at the log lines about them.
abstract class RestartScenario {
  PackagedService service;
  RollbookClient client;
  Path dataDir;
  private @Nullable Throwable failure;

  interface Step {
    void of(RestartScenario scenario) throws Exception;
  }

  /// Does a step, unless an earlier one has failed.
  final void take(Step step) {
    if (failure == null) {
      try {
        step.of(this);
      } catch (Exception | AssertionError failed) {
        failed.addSuppressed(new AssertionError(String.join("\n", service.stdout())));
        failure = failed;
      }
    }
  }

  /// Throws the failure of the first step that has failed.
  final void assertHolds() throws Throwable {
    if (failure != null) {
      throw failure;
    }
  }

  /// First run. It ends with a kill.
  void firstRun() throws Exception {}

  /// Called when the first run of all scenarios has begun, just before the kill.
  void beforeTheKill() throws Exception {}

  /// No service runs.
  void afterTheKill() throws Exception {}

  /// Second run. It ends with SIGTERM.
  void secondRun() throws Exception {}

  /// No service runs.
  void afterTheStop() throws Exception {}

  /// Third run. It ends with a kill, after which the state-db is deleted.
  void thirdRun() throws Exception {}

  /// No service runs.
  void afterTheLossOfTheStateDb() throws Exception {}

  /// Fourth run.
  void runWithoutTheOldStateDb() throws Exception {}

  /// @return whether the scenario causes this line of level WARN
  boolean causes(String warning) {
    return false;
  }

  Path rollout(String thread) {
    return dataDir.resolve(client.get(RollbookClient.thread(thread)).at("rollout", "path"));
  }

  List<String> warnings() {
    return warnings(service);
  }

  static List<String> warnings(PackagedService service) {
    return service.stdout().stream()
        .filter(line -> line.contains(" WARN ") || line.contains(" ERROR "))
        .toList();
  }
}
