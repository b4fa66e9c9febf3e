package dev.rollbook.packaged.restart;

import static dev.rollbook.http.RollbookClient.expect;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/// A rollout whose last line is torn when the service starts.
final class TornLineScenario extends TurnScenario {
  private static final String TORN = "{\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"ordi";

  private Path file = Path.of("");
  private List<String> whole = List.of();

  @Override
  void firstRun() {
    startTurn();
    expect(200, client.append(thread, turn, "\"before\""));
    file = rollout(thread);
  }

  @Override
  void afterTheKill() throws IOException {
    whole = Files.readAllLines(file);
    Files.writeString(file, TORN, StandardOpenOption.APPEND);
  }

  @Override
  void secondRun() {
    assertThat(client.lines(thread)).isEqualTo(whole);
    var receipt = expect(200, client.append(thread, turn, "\"after\""));
    assertThat(receipt.at("persistence", "status")).isEqualTo("persisted");
    assertThat(receipt.at("firstOrdinal")).isEqualTo("" + whole.size());
    expect(200, client.complete(thread, turn));

    assertThat(client.lines(thread)).hasSize(whole.size() + 2).containsAll(whole);
    assertCounts();
    assertThat(file.resolveSibling(file.getFileName() + ".torn-1")).hasContent(TORN);
    assertThat(file.resolveSibling(file.getFileName() + ".torn-2")).doesNotExist();
    assertThat(warnings()).filteredOn(this::causes).hasSize(1);
  }

  @Override
  boolean causes(String warning) {
    return warning.contains(thread) && warning.contains("torn");
  }
}
