package dev.rollbook.reconcile;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.AbstractForkHttpTest;
import dev.rollbook.http.RollbookClient.Answer;
import dev.rollbook.model.ThreadId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.springframework.transaction.support.TransactionTemplate;

/// A start creates the rollout before the row, so a comparison may find the rollout first.
class StartDuringComparisonHttpTest extends AbstractForkHttpTest {
  @Test
  void aStartSucceedsIfAComparisonHasInsertedItsRow() throws Exception {
    var id = ThreadId.next();
    var body = "{\"id\":\"%s\",\"name\":\"raced\",\"source\":\"test\"}".formatted(id);

    // On H2 the start waits for the connection of this transaction, after it created the rollout.
    var start =
        new TransactionTemplate(transactions)
            .<CompletableFuture<Answer>>execute(status -> {
              var answer = CompletableFuture.supplyAsync(() -> client.post("/v1/threads", body));
              var file = await().until(() -> wholeRollout(id), Optional::isPresent).orElseThrow();
              insertRow(id, file);
              return answer;
            });

    expect(201, start.join());
    assertThat(rollout(id.toString())).exists();
    var turn = client.startTurn(id.toString());
    var receipt = expect(200, client.append(id.toString(), turn, "{\"n\":1}"));
    assertThat(receipt.at("persistence", "status")).isEqualTo("persisted");
    saveRows();
    var shown = client.get(thread(id.toString()));
    assertThat(shown.at("name")).isEqualTo("raced");
    assertThat(shown.at("itemCount")).isEqualTo(shown.at("nextOrdinal"));
    assertThat(client.lines(id.toString())).hasSize(Integer.parseInt(shown.at("itemCount")));
  }

  private void insertRow(ThreadId id, Path file) {
    try {
      var name = dataDir().relativize(file).toString();
      assertThat(rebuild.insert(rollouts.ref(id, name))).isTrue();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<Path> wholeRollout(ThreadId id) throws IOException {
    try (var files = Files.walk(dataDir().resolve("sessions"))) {
      var found = files.filter(file -> file.toString().contains(id.toString())).findAny();
      return found.isPresent() && Files.readString(found.get()).endsWith("\n")
          ? found
          : Optional.empty();
    }
  }
}
