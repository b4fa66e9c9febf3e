package dev.rollbook.rollout;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.ZstdInputStream;
import dev.rollbook.http.AbstractRetentionHttpTest;
import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.rollout.disk.FileInput;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// A thread whose rollout is compressed is the same thread to everybody.
class CompressedRolloutHttpTest extends AbstractRetentionHttpTest {
  @Test
  void everyReadReturnsTheSame() throws IOException {
    fill();
    var file = rollout(parent);
    var plain = files.readAllBytes(file);
    var before = reads();

    compress();

    assertThat(files.exists(file)).isFalse();
    assertThat(rollout(parent).getFileName().toString()).endsWith(".jsonl.zst");
    try (var in = new ZstdInputStream(FileInput.open(disk, rollout(parent), 0))) {
      assertThat(in.readAllBytes()).isEqualTo(plain);
    }
    var resource = client.get(thread(parent)).json().path("rollout");
    assertThat(resource.path("bytes").asInt()).isEqualTo(plain.length);
    assertThat(resource.path("compressedBytes").asLong()).isEqualTo(files.size(rollout(parent)));
    assertThat(reads()).isEqualTo(before);
  }

  @Test
  void theFileIsServedInRangesOfItsDecompressedContent() throws IOException {
    fill();
    var plain = files.readString(rollout(parent));
    compress();

    var whole = expect(200, client.get(thread(parent) + "/rollout"));
    var part = expect(206, client.get(thread(parent) + "/rollout", "range", "bytes=1000-1999"));

    assertThat(whole.text()).isEqualTo(plain);
    assertThat(whole.header("content-length")).isEqualTo(Integer.toString(plain.length()));
    assertThat(part.text()).isEqualTo(plain.substring(1000, 2000));
    assertThat(part.header("content-range")).isEqualTo("bytes 1000-1999/" + plain.length());
    assertThat(
            client.get(thread(parent) + "/rollout", "if-none-match", whole.header("etag")).status())
        .isEqualTo(304);
    assertThat(
            client
                .get(
                    thread(parent) + "/rollout",
                    "range",
                    "bytes=0-9",
                    "if-range",
                    whole.header("etag"))
                .text())
        .isEqualTo(plain.substring(0, 10));
  }

  @Test
  void aCompressedThreadCanBeContinued() throws IOException {
    compress();
    var lines = client.lines(parent);

    expect(200, client.post(thread(parent) + "/resume"));
    assertThat(rollout(parent).toString()).endsWith(".zst");
    var turn = client.startTurn(parent);
    client.append(parent, turn, "{\"n\":\"more\"}");
    expect(200, client.complete(parent, turn));
    saveRows();

    assertThat(client.lines(parent)).startsWith(lines.toArray(String[]::new));
    assertThat(client.lines(parent)).hasSizeGreaterThan(lines.size() + 2);
    assertThat(rollout(parent).toString()).endsWith(".jsonl");
    assertThat(files.below(dataDir().resolve("sessions")))
        .filteredOn(file -> file.toString().contains(parent))
        .containsExactly(rollout(parent));
    assertThat(client.get(thread(parent)).json().path("rollout").path("compressedBytes").isNull())
        .isTrue();
    assertRebuilt();
  }

  @Test
  void rowsAreRebuiltFromItAsFromThePlainFile() {
    saveRows();
    var updatedAt = Instant.parse(client.get(thread(parent)).at("updatedAt"));
    compress();
    set(parent, "updated_at", updatedAt);

    assertRebuilt();
  }

  @Test
  void aCompressedThreadCanBeForkedArchivedAndDeleted() throws IOException {
    compress();
    var lines = behindTheMeta(parent);

    var fork = forked(parent, "{}");
    assertThat(behindTheMeta(fork)).isEqualTo(lines);
    expect(200, client.post(thread(parent) + "/archive"));
    assertThat(rollout(parent).toString()).contains("archived_sessions").endsWith(".zst");
    assertThat(behindTheMeta(parent)).isEqualTo(lines);
    expect(200, client.post(thread(parent) + "/unarchive"));
    assertThat(behindTheMeta(parent)).isEqualTo(lines);
    expect(204, client.delete(thread(parent)));
    assertThat(filesNamed(parent, dataDir())).isEmpty();
  }

  @Test
  void aGapOfACompressedThreadCanBeRepaired() {
    var turn = client.startTurn(parent);
    expect(200, client.post(thread(parent) + "/shutdown"));
    var gap = client.append(parent, turn, "{\"n\":\"lost\"}").at("persistence", "gapId");
    expect(200, client.post(thread(parent) + "/resume"));
    expect(200, client.complete(parent, turn));
    compress();

    expect(200, client.repair(parent, gap, body("{\"n\":\"lost\"}")));

    assertThat(client.lines(parent)).anyMatch(line -> line.contains("\"lost\""));
    assertThat(client.get(thread(parent)).at("completeness")).isEqualTo("complete");
  }

  @Test
  void aFailedDecompressionIsASkipThatIsRetried() {
    compress();
    var turn = client.startTurn(client.startThread());
    assertThat(turn).isNotEmpty();
    disk.fail(
        call ->
            call.operation() == FaultyDisk.Operation.CREATE
                && call.path().getParent().endsWith("unfinished"),
        FaultyDisk.noSpaceLeft());

    var receipt = expect(200, client.post(thread(parent) + "/items", body("{\"n\":\"pending\"}")));

    assertThat(receipt.at("persistence", "reason")).isEqualTo("storage_full");
    assertThat(receipt.at("persistence", "pending")).isEqualTo("true");
    disk.heal();
    expect(200, client.post(thread(parent) + "/items", body("{\"n\":\"next\"}")));
    assertThat(client.lines(parent)).anyMatch(line -> line.contains("pending"));
    assertThat(client.get(thread(parent)).at("completeness")).isEqualTo("complete");
  }

  private void compress() {
    age(parent);
    assertThat(actionsOf(apply(), parent)).contains("compress");
    // The same pass archives it: it is brought back as it is.
    expect(200, client.post(thread(parent) + "/unarchive"));
    unload(parent);
  }

  /// Rows that are made anew have not been moved yet.
  private void assertRebuilt() {
    stateDb.update("UPDATE thread SET revision = 0 WHERE id = ?", UUID.fromString(parent));
    assertRebuiltAsItIs(parent);
  }

  private void fill() {
    for (int i = 0; i < 40; i++) {
      var text = "\"%d %s\"".formatted(i, UUID.randomUUID().toString().repeat(1000));
      expect(200, client.post(thread(parent) + "/items", body(text, text)));
    }
  }

  private List<String> reads() {
    var of = thread(parent);
    return Stream.of(
            of + "/items?limit=1000",
            of + "/items?limit=5&after=40",
            of + "/items?limit=5&order=desc",
            of + "/items?limit=5&order=desc&after=30",
            of + "/items?turnId=" + first,
            of + "/turns",
            of + "/gaps",
            of + "/rollout?format=codex")
        .map(path -> expect(200, client.get(path)).text())
        .toList();
  }
}
