package dev.rollbook.api.items;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.http.HttpTest;
import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.rollout.disk.FaultyDisk.Operation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Appended items are read back as pages, as a stream and as the file.
class ItemsHttpTest extends HttpTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"n\":1.0e400,\"m\":0.10,\"z\":-0,\"big\":123456789012345678901234567890}",
        "{\"b\":1,\"a\":2,\"b\":3}",
        "{ \"spaces\" :\t[ 1 , 2 ] }",
        "{\"escapes\":\"\\u00e9\\/\\ud83d\\ude00\\u0000\"}",
        "{\"raw\":\"é\u2028😀\"}",
        "\"text\"",
        "null",
        "[]",
        "-1.5E-7",
        "true"
      })
  void aPayloadIsReturnedByteForByte(String payload) throws IOException {
    var thread = client.startThread();
    var turn = client.startTurn(thread);

    var answer = client.append(thread, turn, payload);

    expect(200, answer);
    assertThat(client.lines(thread).getLast()).endsWith("\"payload\":" + payload + "}");
    assertThat(client.get(thread(thread) + "/items").text())
        .contains("\"payload\":" + payload + "}");
    assertThat(Files.readString(rollout(thread))).endsWith("\"payload\":" + payload + "}\n");
  }

  @Test
  void onlyLineBreaksBetweenTokensAreRemoved() {
    var thread = client.startThread();
    var turn = client.startTurn(thread);

    expect(200, client.append(thread, turn, "{\r\n  \"a\": [\n1,\n2 ],\n\"s\": \"x\\ny\" }"));

    assertThat(client.lines(thread).getLast())
        .endsWith("\"payload\":{  \"a\": [1,2 ],\"s\": \"x\\ny\" }}");
  }

  @ParameterizedTest
  @CsvSource({"asc,1", "asc,7", "asc,1000", "desc,1", "desc,7", "desc,1000"})
  void pagesContainEveryItemOnce(String order, int limit) {
    var thread = client.startThread();
    var turn = client.startTurn(thread);
    expect(
        200,
        client.append(
            thread,
            turn,
            IntStream.range(0, 50).mapToObj(Integer::toString).toArray(String[]::new)));

    var seen = new ArrayList<Long>();
    String after = "";
    do {
      var page =
          client
              .get(thread(thread) + "/items?order=%s&limit=%d%s".formatted(order, limit, after))
              .json();
      page.path("data").forEach(item -> seen.add(item.path("ordinal").longValue()));
      var next = page.path("nextCursor");
      after = next.isNull() ? "" : "&after=" + next.stringValue();
    } while (!after.isEmpty());

    var all = IntStream.range(0, 52).mapToObj(Long::valueOf).toList();
    assertThat(seen).isEqualTo(order.equals("asc") ? all : all.reversed());
  }

  @Test
  void itemsOfATurnAreThoseBetweenItsStartAndEnd() {
    var thread = client.startThread();
    client.complete(thread, client.startTurn(thread));
    var turn = client.startTurn(thread);
    client.append(thread, turn, "1");

    var page = client.get(thread(thread) + "/items?turnId=" + turn).json();
    assertThat(page.path("data")).hasSize(2);
    assertThat(page.path("data").path(0).path("ordinal").longValue()).isEqualTo(3);

    client.complete(thread, turn);
    client.post(thread(thread) + "/items", body("0"));
    assertThat(client.get(thread(thread) + "/items?turnId=" + turn).json().path("data")).hasSize(3);
    assertThat(lines("/items?turnId=" + turn, thread)).hasSize(3);
  }

  @Test
  void anItemStreamContinuesAfterAnOrdinal() {
    var thread = client.startThread();
    client.post(thread(thread) + "/items", body("1", "2", "3"));

    assertThat(lines("/items?after=1", thread))
        .hasSize(2)
        .first()
        .asString()
        .contains("\"ordinal\":2");
  }

  @Test
  void theRolloutIsServedWholeAndInRanges() throws IOException {
    var thread = client.startThread();
    client.post(thread(thread) + "/items", body("1"));
    var bytes = Files.readAllBytes(rollout(thread));

    var whole = expect(200, client.get(thread(thread) + "/rollout"));
    assertThat(whole.response().body()).isEqualTo(bytes);
    var part = expect(206, client.get(thread(thread) + "/rollout", "range", "bytes=10-19"));
    assertThat(part.text()).isEqualTo(new String(bytes, 10, 10, StandardCharsets.UTF_8));
    var tag = whole.header("etag");
    expect(304, client.get(thread(thread) + "/rollout", "if-none-match", tag));
    client.post(thread(thread) + "/items", body("2"));
    expect(200, client.get(thread(thread) + "/rollout", "if-none-match", tag));
  }

  @Test
  void readingAThreadWithoutItsRolloutReportsRolloutMissing() throws IOException {
    var thread = client.startThread();
    Files.delete(rollout(thread));

    for (var path : List.of("/items", "/rollout")) {
      var problem = expect(409, client.get(thread(thread) + path));
      assertThat(problem.at("code")).isEqualTo("rollout_missing");
      assertThat(problem.at("detail")).contains("restore");
    }
    expect(200, client.get(thread(thread)));
  }

  @Test
  void aStreamThatCannotBeReadToItsEndIsAborted() {
    var thread = client.startThread();
    for (int n = 0; n < 5; n++) {
      expect(200, client.post(thread(thread) + "/items", body("\"" + "x".repeat(100_000) + "\"")));
    }
    var reads = new AtomicInteger();
    var readable = new AtomicInteger(5);
    disk.fail(
        call ->
            call.operation() == Operation.READ
                && call.path().toString().contains(thread)
                // Not the search index, which reads the same file.
                && Thread.currentThread().getName().startsWith("tomcat-handler")
                && reads.incrementAndGet() > readable.get(),
        FaultyDisk.inputOutputError());

    assertThatThrownBy(() -> lines("/items", thread)).isInstanceOf(UncheckedIOException.class);
    readable.set(0);
    var problem =
        expect(409, client.get(thread(thread) + "/items", "accept", "application/x-ndjson"));
    assertThat(problem.at("code")).isEqualTo("rollout_unreadable");
  }

  @Test
  void itemsOfConcurrentWritersAreStoredOnceInOrder() throws Exception {
    var threads = IntStream.range(0, 16).mapToObj(n -> client.startThread()).toList();
    var turns = threads.stream().map(client::startTurn).toList();
    var appends = 30;

    var writers =
        IntStream.range(0, 8)
            .mapToObj(writer ->
                Thread.ofVirtual()
                    .start(() -> {
                      for (int n = 0; n < appends; n++) {
                        for (int t = 0; t < threads.size(); t++) {
                          var mark = "\"w%d-%d\"".formatted(writer, n);
                          expect(200, client.append(threads.get(t), turns.get(t), mark, mark));
                        }
                      }
                    }))
            .toList();
    for (var writer : writers) {
      writer.join();
    }

    for (var thread : threads) {
      var lines = client.lines(thread);
      assertThat(lines).hasSize(2 + 8 * appends * 2);
      for (int ordinal = 0; ordinal < lines.size(); ordinal++) {
        assertThat(lines.get(ordinal)).contains("\"ordinal\":" + ordinal + ",");
      }
      for (int writer = 0; writer < 8; writer++) {
        var mine = "\"w" + writer + "-";
        assertThat(lines.stream().filter(line -> line.contains(mine)).map(ItemsHttpTest::mark))
            .isSortedAccordingTo(Comparator.comparing(Integer::valueOf));
      }
    }
  }

  private static String mark(String line) {
    return line.substring(line.lastIndexOf('-') + 1, line.lastIndexOf('"'));
  }

  private List<String> lines(String path, String thread) {
    return client
        .get(thread(thread) + path, "accept", "application/x-ndjson")
        .text()
        .lines()
        .toList();
  }
}
