package dev.rollbook.codex.ingest;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.luben.zstd.Zstd;
import dev.rollbook.http.AbstractImportHttpTest;
import dev.rollbook.http.RollbookClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Uploaded rollouts become threads, compressed or not.
class UploadedRolloutsHttpTest extends AbstractImportHttpTest {
  private static final String NDJSON = "application/x-ndjson";

  private final String id = newThread();
  private final byte[] rollout = (meta(id) + "\n" + user("hello") + "\n").getBytes(UTF_8);

  @Test
  void anUploadedRolloutIsIdentifiedByItsContent() throws IOException {
    var done = send("/v1/imports", rollout, "content-type", NDJSON);

    assertThat(done.at("kind")).isEqualTo("upload");
    assertThat(done.at("status")).isEqualTo("done");
    assertThat(done.at("threadsCreated")).isEqualTo("1");
    assertThat(done.at("path")).startsWith("rollout-2025-10-01T12-00-00-").contains(id);
    assertThat(client.get(thread(id)).at("preview")).isEqualTo("hello");
    assertThat(rollout(id)).hasBinaryContent(rollout);
    assertNothingIsKept();
  }

  @Test
  void compressedRolloutsAreAccepted() throws IOException {
    var compressed = Zstd.compress(rollout);
    send("/v1/imports", compressed, "content-type", NDJSON, "content-encoding", "zstd");
    assertThat(rollout(id)).hasBinaryContent(rollout);

    var again = send("/v1/imports", compressed, "content-type", "application/zstd");

    assertThat(again.at("files", "unchanged")).isEqualTo("1");
  }

  @Test
  void aLongerRolloutAddsNewLines() throws IOException {
    send("/v1/imports", rollout, "content-type", NDJSON);
    var longer = (new String(rollout, UTF_8) + agent("hi") + "\n").getBytes(UTF_8);

    var done = send("/v1/imports", longer, "content-type", NDJSON);

    assertThat(done.at("items")).isEqualTo("1");
    assertThat(rollout(id)).hasBinaryContent(longer);
  }

  @Test
  void theFileNameIdentifiesARolloutWithoutSessionMeta() throws IOException {
    var headless = (user("hello") + "\n").getBytes(UTF_8);

    var refused = client.send("POST", "/v1/imports", headless, "content-type", NDJSON);
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.at("detail")).contains("?name=");
    var badName =
        client.send("POST", "/v1/imports?name=../../x.jsonl", headless, "content-type", NDJSON);
    assertThat(badName.status()).isEqualTo(400);
    assertNothingIsKept();

    var name = "rollout-2025-10-01T12-00-00-%s.jsonl".formatted(id);
    send("/v1/imports?name=" + name, headless, "content-type", NDJSON);

    assertThat(client.get(thread(id)).at("preview")).isEqualTo("hello");
  }

  @Test
  void aFileNameWithoutAnIdIsRejected() {
    var name = "rollout-2025-10-01T12-00-00-%s.jsonl".formatted("-".repeat(36));

    var refused = client.send("POST", "/v1/imports?name=" + name, rollout, "content-type", NDJSON);

    assertThat(refused.status()).isEqualTo(400);
    assertNothingIsKept();
  }

  @Test
  void aFileOfADirectoryMayBeCompressed() throws IOException {
    var day = Files.createDirectories(home.resolve("archived_sessions"));
    Files.write(
        day.resolve("rollout-2025-10-01T12-00-00-%s.jsonl.zst".formatted(id)),
        Zstd.compress(rollout));

    importHome();

    assertThat(rollout(id)).hasBinaryContent(rollout);
    assertThat(client.get(thread(id)).at("archivedAt")).isNotEqualTo("null");
  }

  @Test
  void aFileThatIsNotCompressedAsItsNameSaysIsReported() {
    var refused = client.send("POST", "/v1/imports", rollout, "content-type", "application/zstd");

    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.at("detail")).contains("cannot be read");
    assertThat(client.send("POST", "/v1/imports", rollout, "content-type", "text/plain").status())
        .isEqualTo(415);
  }

  @Test
  void importsAreListedNewestFirst() {
    var one = send("/v1/imports", rollout, "content-type", NDJSON).at("id");
    var two = send("/v1/imports", rollout, "content-type", NDJSON).at("id");

    var page = expect(200, client.get("/v1/imports?limit=1"));
    assertThat(page.json().path("data").path(0).path("id").asString()).isEqualTo(two);
    var next = client.get("/v1/imports?limit=1&cursor=" + page.at("nextCursor"));
    assertThat(next.json().path("data").path(0).path("id").asString()).isEqualTo(one);
    assertThat(client.get("/v1/imports?cursor=x").status()).isEqualTo(400);
  }

  @Test
  void anEndedImportIsNotCancelled() {
    var done = send("/v1/imports", rollout, "content-type", NDJSON);

    assertThat(client.post("/v1/imports/" + done.at("id") + "/cancel").at("status"))
        .isEqualTo("done");
  }

  private RollbookClient.Answer send(String path, byte[] body, String... headers) {
    return finished(expect(202, client.send("POST", path, body, headers)));
  }

  private static void assertNothingIsKept() {
    await().until(() -> kept().isEmpty());
  }

  private static List<Path> kept() throws IOException {
    var directory = dataDir().resolve("imports");
    if (!Files.exists(directory)) {
      return List.of();
    }
    try (var files = Files.list(directory)) {
      return files.toList();
    }
  }
}
