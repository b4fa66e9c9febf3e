package dev.rollbook.packaged.restart;

import static dev.rollbook.http.RollbookClient.expect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.packaged.PackagedService;
import java.nio.file.Path;

/// A second service on the data-dir of a running one. That the lock of a killed one keeps nobody
/// out is shown by every other scenario.
final class SecondServiceScenario extends RestartScenario {
  private final Path logs;

  SecondServiceScenario(Path logs) {
    this.logs = logs;
  }

  @Override
  void firstRun() throws Exception {
    var second = PackagedService.launch(dataDir, logs, "");

    assertThat(second.awaitExit()).isEqualTo(1);
    assertThat(String.join("\n", second.stdout()))
        .contains("data-dir " + dataDir, "in use", "pid " + service.pid() + " on host ", "since ")
        .contains("listening on 127.0.0.1:" + service.port(), "--rollbook.data-dir")
        .doesNotContain("\tat ");
    assertThat(second.stderr()).isEmpty();
    expect(201, client.post("/v1/threads", "{}"));
  }
}
