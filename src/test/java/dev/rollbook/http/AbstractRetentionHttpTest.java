package dev.rollbook.http;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Base class of retention tests: threads unused for twenty years, where the limit is ten.
public abstract class AbstractRetentionHttpTest extends AbstractForkHttpTest {
  @Autowired protected JdbcTemplate stateDb;

  /// The thread leaves the memory, and its row says that nobody used it since.
  protected void age(String thread) {
    unload(thread);
    set(thread, "updated_at", yearsAgo());
    if (client.get(thread(thread)).json().path("archivedAt").isString()) {
      set(thread, "archived_at", yearsAgo());
    }
  }

  protected void set(String thread, String column, Instant time) {
    stateDb.update(
        "UPDATE thread SET %s = ? WHERE id = ?".formatted(column),
        time.atOffset(ZoneOffset.UTC),
        UUID.fromString(thread));
  }

  protected static Instant yearsAgo() {
    return Instant.now().minus(Duration.ofDays(7300));
  }

  protected String archived() {
    expect(200, client.post(thread(parent) + "/archive"));
    age(parent);
    return parent;
  }

  protected JsonNode dryRun() {
    return expect(200, client.post("/actuator/retention", "{}")).json().path("lastPass");
  }

  protected JsonNode apply() {
    return expect(200, client.post("/actuator/retention", "{\"dryRun\":false}"))
        .json()
        .path("lastPass");
  }

  /// Actions of a pass on a thread: `archive`, `delete`, `compress`, each with the reason if it was
  /// not done.
  protected static List<String> actionsOf(JsonNode pass, String thread) {
    var actionsOf = new ArrayList<String>();
    for (var entry : pass.path("threads")) {
      if (entry.path("id").asString().equals(thread)) {
        var kept = entry.path("kept");
        actionsOf.add(
            entry.path("action").asString() + (kept.isNull() ? "" : ": " + kept.asString()));
      }
    }
    return actionsOf;
  }

  protected List<JsonNode> receipts(String thread) throws IOException {
    var receipts = new ArrayList<JsonNode>();
    for (Path file : filesNamed("receipts-", dataDir().resolve("retention"))) {
      for (var line : Files.readAllLines(file)) {
        var receipt = JsonMapper.shared().readTree(line);
        if (receipt.path("id").asString().equals(thread)) {
          receipts.add(receipt);
        }
      }
    }
    return receipts;
  }

  protected List<String> steps(String thread) throws IOException {
    return receipts(thread).stream().map(receipt -> receipt.path("step").asString()).toList();
  }

  protected RollbookClient.Answer patch(String thread, String json) {
    return client.patch(thread, json);
  }
}
