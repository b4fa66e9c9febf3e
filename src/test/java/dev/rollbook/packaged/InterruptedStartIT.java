package dev.rollbook.packaged;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A kill between the row and the first item of a thread or a turn, with PostgreSQL.
class InterruptedStartIT {
  @TempDir Path logs;
  @TempDir Path dataDir;
  @TempDir Path database;
  private StoppablePostgres postgres;
  private PackagedService service;

  @BeforeEach
  void start() throws Exception {
    postgres = new StoppablePostgres(database);
    startService();
  }

  @AfterEach
  void stop() throws Exception {
    service.close();
    postgres.close();
  }

  @Test
  void anInterruptedStartCompletesWhenSentAgain() throws Exception {
    var thread = UUID.randomUUID().toString();
    var startThread = "{\"id\":\"%s\"}".formatted(thread);
    var started = expect(201, service.client().post("/v1/threads", startThread));
    service.sigkill();
    service.awaitExit();
    var turn = UUID.randomUUID();
    var file = dataDir.resolve(started.at("rollout", "path"));
    Files.delete(file);
    leaveRows(UUID.fromString(thread), turn);
    startService();

    var client = service.client();
    assertThat(expect(201, client.post("/v1/threads", startThread)).at("itemCount")).isEqualTo("1");
    assertThat(file).isNotEmptyFile();
    expect(200, client.post("/v1/threads", startThread));
    var start = "{\"id\":\"%s\",\"input\":\"Go on\"}".formatted(turn);
    expect(201, client.post(thread(thread) + "/turns", start));
    var receipt = expect(200, client.append(thread, turn.toString(), "\"first\""));
    assertThat(receipt.at("persistence", "status")).isEqualTo("persisted");
    expect(200, client.complete(thread, turn.toString()));
    assertThat(client.get(thread(thread)).at("turnCount")).isEqualTo("1");
    assertThat(service.stop()).isEqualTo(143);
    assertThat(service.stdout()).noneMatch(line -> line.matches(".* (WARN|ERROR) .*"));
    assertThat(service.stderr()).isEmpty();
  }

  private void startService() {
    service =
        PackagedService.start(
            dataDir, logs, "SPRING_DATASOURCE_URL='%s'".formatted(postgres.url()));
  }

  private void leaveRows(UUID thread, UUID turn) throws SQLException {
    try (var connection = DriverManager.getConnection(postgres.url());
        var reset =
            connection.prepareStatement(
                "UPDATE thread SET item_count = 0, rollout_bytes = 0 WHERE id = ?");
        var insert =
            connection.prepareStatement(
                """
                INSERT INTO turn (thread_id, id, status, started_at, first_ordinal, last_ordinal,
                  item_count, skipped_item_count)
                VALUES (?, ?, 'inProgress', now(), 1, 0, 0, 0)
                """)) {
      reset.setObject(1, thread);
      assertThat(reset.executeUpdate()).isOne();
      insert.setObject(1, thread);
      insert.setObject(2, turn);
      insert.executeUpdate();
    }
  }
}
