package dev.rollbook.rollout.disk;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rollbook.http.HttpTest;
import dev.rollbook.http.RollbookClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// All files of the service are readable by their owner only, whatever the umask is.
class FilePermissionsHttpTest extends HttpTest {
  @BeforeEach
  void onlyWhereThereAreModes() {
    assumeTrue(dataDir().getFileSystem().supportedFileAttributeViews().contains("posix"));
  }

  @Test
  void rolloutsAndTheirDirectoriesAreOwnerOnly() throws IOException {
    var thread = client.startThread();
    expect(200, client.post(thread(thread) + "/items", RollbookClient.body("1")));
    assertOwnersOnly(rollout(thread));
    expect(200, client.post(thread(thread) + "/archive"));

    assertOwnersOnly(rollout(thread));
    assertOwnersOnly(rollout(thread).getParent());
  }

  @Test
  void stateDbLockAndSearchIndexAreOwnerOnly() throws IOException {
    client.startThread();
    var index = dataDir().resolve("search");
    await().until(() -> Files.exists(index.resolve("write.lock")));

    assertOwnersOnly(index);
    assertOwnersOnly(dataDir().resolve("rollbook.lock"));
    for (var file : Stream.concat(filesIn(index).stream(), filesIn(dataDir()).stream()).toList()) {
      var name = file.getFileName().toString();
      if (file.startsWith(index)) {
        // Lucene creates its files, which are restricted a moment later; the directory is at once.
        await().untilAsserted(() -> assertOwnersOnly(file));
      } else if (name.startsWith("state-db")) {
        assertOwnersOnly(file);
      }
    }
    assertThat(dataDir().resolve("state-db.mv.db")).exists();
  }

  @Test
  void exportedFilesAreOwnerOnly() throws IOException {
    var thread = client.startThread();
    expect(200, client.post(thread(thread) + "/items", RollbookClient.body("1")));

    var exported =
        expect(
            200,
            client.post(thread(thread) + "/export", "{\"codexHome\":\"" + codexHome() + "\"}"));

    assertOwnersOnly(Path.of(exported.at("path")));
    assertOwnersOnly(Path.of(exported.at("path")).getParent());
  }

  private static List<Path> filesIn(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  private static void assertOwnersOnly(Path path) throws IOException {
    try {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
          .as(path.toString())
          .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------");
    } catch (NoSuchFileException mergedMeanwhile) {
      assertThat(path.getParent()).endsWith(Path.of("search"));
    }
  }
}
