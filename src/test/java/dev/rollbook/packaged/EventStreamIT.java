package dev.rollbook.packaged;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.EventClient;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Event streams when the service stops, and the SBOM that the service returns. Runs the plain jar.
class EventStreamIT {
  @TempDir Path dataDir;
  @TempDir Path logs;

  @Test
  void streamsEndCleanlyWhenTheServiceStops() throws Exception {
    try (var service = PackagedService.startPlainJar(dataDir, logs)) {
      var client = service.client();
      var thread = client.startThread();
      try (var ofThread = EventClient.open(service.port(), thread(thread) + "/events");
          var ofAll = EventClient.open(service.port(), "/v1/events")) {
        expect(204, client.delete(thread(client.startThread())));
        SbomIT.assertReturned(client);
        client.startTurn(thread);
        service.sigterm();

        await().atMost(Duration.ofSeconds(30)).until(() -> ofThread.isEnded() && ofAll.isEnded());
        assertThat(service.awaitExit()).isEqualTo(143);
        assertThat(ofThread.names()).containsExactly("turn/started", "item/appended");
        assertThat(ofAll.names())
            .containsExactly("thread/started", "thread/deleted", "turn/started");
      }
      assertThat(service.stderr()).isEmpty();
      assertThat(service.stdout()).noneMatch(line -> line.contains("ERROR"));
    }
  }
}
