package dev.rollbook.packaged.restart;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.packaged.PackagedService;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.FileSystemUtils;

/// Search finds every item again after any damage to its index while the service was down.
class SearchIT {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int ITEMS = 20;

  @TempDir Path logs;
  @TempDir Path dataDir;
  private PackagedService service;
  private RollbookClient client;
  private String thread;

  @AfterEach
  void stop() {
    service.close();
  }

  @Test
  void everyMessageIsFoundOnceAfterAnyDamageToTheIndex() throws Exception {
    start();
    thread = client.startThread();
    for (int n = 0; n < ITEMS; n++) {
      say("needle " + n);
    }
    awaitFound(ITEMS);
    say("the last needle");
    service.close();

    start();
    awaitFound(ITEMS + 1);
    say("a needle more");
    awaitFound(ITEMS + 2);
    assertThat(service.stop()).isEqualTo(143);
    assertThat(warnings()).isEmpty();
    assertThat(service.stderr()).isEmpty();

    assertThat(FileSystemUtils.deleteRecursively(dataDir.resolve("search"))).isTrue();
    start();
    awaitFound(ITEMS + 2);
    assertThat(service.stop()).isEqualTo(143);
    assertThat(warnings()).isEmpty();

    assertThat(damage("segments_")).isTrue();
    start();
    awaitFound(ITEMS + 2);
    assertThat(warnings()).hasSize(1);
  }

  private boolean damage(String part) throws IOException {
    boolean any = false;
    for (var file : files(part)) {
      try (var cut = new RandomAccessFile(file.toFile(), "rw")) {
        cut.setLength(cut.length() / 2);
      }
      any = true;
    }
    return any;
  }

  private List<Path> files(String part) throws IOException {
    try (var files = Files.list(dataDir.resolve("search"))) {
      return files.filter(file -> file.getFileName().toString().contains(part)).toList();
    }
  }

  private void start() {
    service = PackagedService.start(dataDir, logs, "");
    client = service.client();
  }

  private void say(String text) {
    var payload = "{\"type\":\"message\",\"content\":\"%s\"}".formatted(text);
    expect(200, client.post(thread(thread) + "/items", body(payload)));
  }

  private void awaitFound(int count) {
    await()
        .atMost(PATIENCE)
        .until(() -> {
          var answer = client.get("/v1/search?q=needle&limit=100");
          return answer.status() == 200 && answer.json().path("data").size() == count;
        });
  }

  private List<String> warnings() {
    return service.stdout().stream().filter(line -> line.contains(" WARN ")).toList();
  }
}
