package dev.rollbook.api.upload;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.rollbook.http.HttpTest;
import dev.rollbook.http.OpenUpload;
import dev.rollbook.rollout.disk.FaultyDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Turns that end, threads that are deleted, full disks and broken connections during an upload.
class UploadFaultsHttpTest extends HttpTest {
  private static final String LINE = "{\"type\":\"x\",\"payload\":1}\n";
  private String thread;
  private String turn;

  @BeforeEach
  void startATurn() {
    start("{}");
  }

  @Test
  void aTurnThatEndsDuringAnUploadEndsTheUpload() throws IOException {
    try (var upload = begun()) {
      expect(200, client.complete(thread, turn));

      var problem = upload.send(LINE).answer();

      assertThat(problem.status()).isEqualTo(409);
      assertThat(problem.at("code")).isEqualTo("turn_ended");
      assertThat(problem.at("receipt", "accepted")).isEqualTo("1");
      assertThat(problem.at("receipt", "turnStatus")).isEqualTo("completed");
    }
  }

  @Test
  void anEndedTurnIsReportedBeforeAnyLineArrives() throws IOException {
    expect(200, client.complete(thread, turn));

    try (var upload = OpenUpload.chunked(port, items())) {
      var problem = upload.answer();

      assertThat(problem.status()).isEqualTo(409);
      assertThat(problem.at("receipt", "accepted")).isEqualTo("0");
      assertThat(problem.at("receipt", "turnStatus")).isEqualTo("completed");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anUnknownThreadIsReportedWithAReceipt(boolean inATurn) throws IOException {
    var unknown = UUID.randomUUID().toString();
    var path = (inATurn ? turn(unknown, turn) : thread(unknown)) + "/items";

    try (var upload = OpenUpload.chunked(port, path)) {
      var problem = upload.answer();

      assertThat(problem.status()).isEqualTo(404);
      assertThat(problem.at("detail")).isEqualTo("thread " + unknown + " not found");
      assertThat(problem.at("receipt", "turnStatus")).isEqualTo("null");
    }
  }

  @Test
  void aFullDiskSkipsLinesAndTheTurnContinues() throws IOException {
    try (var upload = begun()) {
      fill();
      upload.send(LINE + LINE);
      awaitOrdinal(5);
      upload.send(LINE);
      awaitOrdinal(6);
      disk.heal();
      var receipt = upload.send(LINE).end();

      assertThat(receipt.status()).isEqualTo(200);
      assertThat(receipt.at("turnStatus")).isEqualTo("inProgress");
      assertThat(receipt.at("accepted")).isEqualTo("5");
      assertThat(receipt.at("firstOrdinal")).isEqualTo("2");
      assertThat(receipt.at("lastOrdinal")).isEqualTo("6");
      assertThat(receipt.at("persistence", "status")).isEqualTo("skipped");
      assertThat(receipt.at("persistence", "reason")).isEqualTo("storage_full");
      assertThat(receipt.at("persistence", "skippedItems")).isEqualTo("3");
      assertThat(receipt.at("persistence", "gapId")).hasSize(36);
    }
    assertThat(client.lines(thread)).as("all, once the disk takes them again").hasSize(7);
    assertThat(client.get(turn(thread, turn)).at("skippedItemCount")).isEqualTo("0");
  }

  @Test
  void itemsPendingBeforeAnUploadAreNotCountedAsItsSkips() throws IOException {
    fill();
    client.append(thread, turn, "1");
    try (var upload = OpenUpload.chunked(port, items())) {
      assertThat(upload.end().at("persistence", "status")).isEqualTo("persisted");
    }
  }

  @Test
  void theReceiptOfAJsonAppendHasNoCountOfSkippedItems() {
    fill();

    assertThat(client.append(thread, turn, "1").text())
        .contains("skipped")
        .doesNotContain("skippedItems");
  }

  @Test
  void aThreadThatRequiresPersistenceEndsTheUploadAtASkip() throws IOException {
    start("{\"persistence\":\"required\"}");
    try (var upload = begun()) {
      fill();
      var problem = upload.send(LINE).answer();

      assertThat(problem.status()).isEqualTo(507);
      assertThat(problem.at("code")).isEqualTo("storage_full");
      assertThat(problem.at("retryable")).isEqualTo("true");
      assertThat(problem.at("receipt", "lastOrdinal")).isEqualTo("2");
      assertThat(problem.at("receipt", "persistence", "status")).isEqualTo("persisted");
    }
  }

  @Test
  void theLinesOfADeletedThreadAreSkippedWhileItsTurnRuns() throws IOException {
    try (var upload = begun()) {
      expect(204, client.delete(thread(thread)));
      var receipt = upload.send(LINE).send(LINE).end();

      assertThat(receipt.status()).isEqualTo(200);
      assertThat(receipt.at("persistence", "reason")).isEqualTo("thread_not_found");
      assertThat(receipt.at("persistence", "gapId")).isEqualTo("null");
      assertThat(receipt.at("persistence", "skippedItems")).isEqualTo("2");
    }
  }

  @Test
  void anUploadOutsideATurnToADeletedThreadIsNotFound() throws IOException {
    expect(200, client.complete(thread, turn));
    try (var upload = OpenUpload.chunked(port, thread(thread) + "/items")) {
      upload.send(LINE);
      awaitOrdinal(4);
      expect(204, client.delete(thread(thread)));

      var problem = upload.send(LINE).answer();

      assertThat(problem.status()).isEqualTo(404);
      assertThat(problem.at("receipt", "accepted")).isEqualTo("1");
    }
  }

  /// A connection is reset or closed in order: the service meets another error in each case.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aTornLineIsNeitherAnItemNorAnEvent(boolean reset) throws IOException {
    for (var chunked : new boolean[] {true, false}) {
      double before = handled();
      int lines = client.lines(thread).size();
      try (var upload =
          chunked
              ? OpenUpload.chunked(port, items())
              : OpenUpload.ofLength(port, items(), 5 * LINE.length())) {
        upload.send(LINE + LINE.strip());
        await().until(() -> client.lines(thread).size() == lines + 1);
        if (reset) {
          upload.reset();
        }
      }
      await().until(() -> handled() > before);
      assertThat(client.lines(thread)).hasSize(lines + 1);
    }
    assertThat(loggedOutsideJobs(Level.WARN)).isEmpty();
  }

  @Test
  void theClientOfARejectedLargeBodyGetsTheResponse() {
    var body = ("{bad\n" + LINE.repeat(1_000_000)).getBytes(StandardCharsets.UTF_8);

    var problem = client.send("POST", items(), body, "content-type", "application/x-ndjson");

    assertThat(expect(400, problem).at("detail")).startsWith("line 1: ");
  }

  private void start(String body) {
    thread = client.startThread(body);
    turn = client.startTurn(thread);
  }

  /// An upload whose first line is there.
  private OpenUpload begun() throws IOException {
    var upload = OpenUpload.chunked(port, items()).send(LINE);
    awaitOrdinal(3);
    return upload;
  }

  private void awaitOrdinal(long next) {
    await().until(() -> client.get(thread(thread)).at("nextOrdinal").equals(Long.toString(next)));
  }

  private String items() {
    return turn(thread, turn) + "/items";
  }

  private void fill() {
    var file = rollout(thread);
    disk.failWrites(file::equals, FaultyDisk.noSpaceLeft());
  }

  /// Uploads that have come to their end, well or not.
  private double handled() {
    return metric("http_server_requests_seconds_count\\{.*method=\"POST\".*/items\"");
  }
}
