package dev.rollbook.web.security;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.AbstractImportHttpTest;
import dev.rollbook.http.OpenUpload;
import dev.rollbook.http.RollbookClient;
import dev.rollbook.http.RollbookClient.Answer;
import dev.rollbook.quota.SettableTime;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/// What a tenant learns of its quota, in the context with tokens: one tenant has 1 item a second,
/// another one 1 KB a day. Each test begins a day later, with full quotas.
class QuotaHttpTest extends AbstractAuthenticationHttpTest {
  private static final String KILOBYTE = "{\"x\":\"%s\"}".formatted("x".repeat(1024));

  @Autowired SettableTime time;
  private RollbookClient items;
  private RollbookClient bytes;

  @BeforeEach
  void aDayLater() {
    items = new RollbookClient(port).withToken(FEW_ITEMS);
    bytes = new RollbookClient(port).withToken(FEW_BYTES);
    time.pass(Duration.ofDays(2));
  }

  @Test
  void anAppendBeyondTheItemsOfASecondIsRefusedAndIsNoSkip() {
    var thread = items.startThread();
    var turn = items.startTurn(thread);
    expect(200, append(items, thread, turn, 10));
    double counted = refusals();

    var refused = expect(507, append(items, thread, turn, 1));

    assertThat(refused.at("code")).isEqualTo("quota_exceeded");
    assertThat(refused.at("retryable")).isEqualTo("true");
    assertThat(refused.at("recovery")).isEqualTo("retry");
    assertThat(refused.at("threadId")).isEqualTo(thread);
    assertThat(refused.header("retry-after")).isEqualTo("1");
    assertThat(refusals()).isEqualTo(counted + 1);
    expect(507, items.post(thread(thread) + "/items", body("{}")));
    expect(200, items.post(turn(thread, turn) + "/complete"));
    expect(507, items.post(thread(thread) + "/turns", "{\"input\":\"more\"}"));
    assertThat(items.get(thread(thread)).at("completeness")).isEqualTo("complete");
    assertThat(items.get(thread(thread)).at("skippedItemCount")).isIn("0", "null", "");

    time.pass(Duration.ofMinutes(1));
    expect(200, items.post(thread(thread) + "/items", body("{}")));
  }

  @Test
  void anUploadWaitsForTheItemsOfTheNextSeconds() throws IOException {
    var thread = items.startThread();
    expect(200, items.post(thread(thread) + "/items", body(payloads(1000))));
    expect(507, items.post(thread(thread) + "/items", body("{}")));

    try (var upload = OpenUpload.chunked(port, thread(thread) + "/items", FEW_ITEMS)) {
      upload.send("{\"type\":\"x\",\"payload\":{\"n\":1}}\n");
      assertThat(items.get(thread(thread)).at("nextOrdinal")).isEqualTo("1001");
      time.pass(Duration.ofHours(1));
      var receipt = upload.end();

      assertThat(receipt.status()).as(receipt.toString()).isEqualTo(200);
      assertThat(receipt.at("firstOrdinal")).isEqualTo("1001");
    }
  }

  @Test
  void bytesBeyondThoseOfTheDayAreRefusedButTurnsEnd() {
    var thread = bytes.startThread();
    var turn = bytes.startTurn(thread);
    expect(200, bytes.append(thread, turn, KILOBYTE));

    expect(507, bytes.append(thread, turn, "{}"));
    expect(507, bytes.post(thread(thread) + "/fork", "{}"));
    assertThat(expect(507, importInto(bytes)).at("code")).isEqualTo("quota_exceeded");
    expect(200, bytes.post(turn(thread, turn) + "/complete"));
    expect(200, bytes.get(thread(thread) + "/items"));

    time.pass(Duration.ofDays(1));
    expect(201, bytes.post(thread(thread) + "/fork", "{}"));
    expect(507, bytes.post(thread(thread) + "/items", body("{}")));
    time.pass(Duration.ofDays(3));
    expect(202, importInto(bytes));
  }

  @Test
  void aGapRepairCountsAsTheAppendThatItReplaces() {
    var thread = bytes.startThread();
    var turn = bytes.startTurn(thread);
    expect(200, bytes.post(thread(thread) + "/shutdown"));
    var gap = bytes.append(thread, turn, "{}").at("persistence", "gapId");
    expect(200, bytes.post(thread(thread) + "/resume"));
    var missing = bytes.get(thread(thread) + "/gaps").json().path("data").path(0);
    long first = missing.path("firstOrdinal").asLong();
    var items = payloads((int) (missing.path("lastOrdinal").asLong() - first) + 1);
    expect(200, bytes.post(thread(thread) + "/items", body(KILOBYTE)));

    expect(507, bytes.repair(thread, gap, body(items)));

    time.pass(Duration.ofDays(1));
    expect(200, bytes.repair(thread, gap, body(items)));
  }

  @Test
  void anUploadEndsWithTheReceiptOfWhatWasWrittenWhenTheBytesAreUsedUp() throws IOException {
    var thread = bytes.startThread();
    try (var upload = OpenUpload.chunked(port, thread(thread) + "/items?wrap=agent", FEW_BYTES)) {
      upload.send(KILOBYTE + "\n");
      await().until(() -> bytes.get(thread(thread)).at("nextOrdinal").equals("2"));
      upload.send("{\"n\":2}\n");
      upload.send("{\"n\":3}\n".repeat(100_000));
      var refused = upload.end();

      assertThat(refused.status()).isEqualTo(507);
      assertThat(refused.at("code")).isEqualTo("quota_exceeded");
      assertThat(refused.at("receipt", "accepted")).isEqualTo("1");
      assertThat(refused.at("receipt", "lastOrdinal")).isEqualTo("1");
    }
  }

  @Test
  void otherTenantsGoOn() {
    var thread = items.startThread();
    expect(200, items.post(thread(thread) + "/items", body(payloads(100))));
    expect(507, items.post(thread(thread) + "/items", body("{}")));

    var own = client.startThread();
    expect(200, client.post(thread(own) + "/items", body(payloads(100))));
    expect(200, client.post(thread(thread) + "/items", body("{}")));
  }

  private double refusals() {
    return context
        .getBean(MeterRegistry.class)
        .get("http.refused")
        .tag("reason", "quota")
        .counter()
        .count();
  }

  private static Answer append(RollbookClient caller, String thread, String turn, int items) {
    return caller.append(thread, turn, payloads(items));
  }

  private static String[] payloads(int items) {
    return Collections.nCopies(items, "{}").toArray(String[]::new);
  }

  private static Answer importInto(RollbookClient caller) {
    var rollout = AbstractImportHttpTest.meta(UUID.randomUUID().toString()) + "\n";
    return caller.send(
        "POST",
        "/v1/imports",
        rollout.getBytes(StandardCharsets.UTF_8),
        "content-type",
        "application/x-ndjson");
  }
}
