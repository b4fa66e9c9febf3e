package dev.rollbook.packaged.restart;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.springframework.util.FileSystemUtils;

/// Search finds every item again after any damage to its index while the service was down.
final class SearchScenario extends RestartScenario {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int ITEMS = 20;

  private String thread = "";

  @Override
  void firstRun() {
    thread = client.startThread();
    for (int n = 0; n < ITEMS; n++) {
      say("needle " + n);
    }
    awaitFound(ITEMS);
  }

  @Override
  void beforeTheKill() {
    say("the last needle");
  }

  @Override
  void secondRun() {
    awaitFound(ITEMS + 1);
    say("a needle more");
    awaitFound(ITEMS + 2);
  }

  @Override
  void afterTheStop() throws IOException {
    assertThat(damage("segments_")).isTrue();
  }

  @Override
  void thirdRun() {
    awaitFound(ITEMS + 2);
    assertThat(warnings()).filteredOn(this::causes).hasSize(1);
  }

  @Override
  void afterTheLossOfTheStateDb() throws IOException {
    assertThat(FileSystemUtils.deleteRecursively(dataDir.resolve("search"))).isTrue();
  }

  @Override
  void runWithoutTheOldStateDb() {
    awaitFound(ITEMS + 2);
    assertThat(warnings()).noneMatch(this::causes);
  }

  @Override
  boolean causes(String warning) {
    return warning.contains("search index");
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
}
