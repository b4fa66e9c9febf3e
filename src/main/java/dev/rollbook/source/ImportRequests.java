package dev.rollbook.source;

import dev.rollbook.model.ImportId;
import dev.rollbook.model.Timestamps;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.FileInput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Accepted import requests, one forced file each beside the uploads: `imports/<importId>.json` in
/// the data-dir. A request stays until the end of its import is durable in the state-db, so that a
/// kill or a lost state-db loses no import that was acknowledged.
@Component
public class ImportRequests {
  private static final Logger log = LoggerFactory.getLogger(ImportRequests.class);
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String ENDING = ".json";

  private final Disk disk;
  private final Path directory;

  ImportRequests(Disk disk, DataDir dataDir) {
    this.disk = disk;
    this.directory = UploadedRollouts.directory(dataDir);
  }

  /// What was asked for.
  ///
  /// @param kind `path` or `upload`
  /// @param path as it was asked for; of an upload, its name
  public record Request(ImportId id, String kind, String path, Instant createdAt) {}

  /// Keeps a request, durably, with all that lies in the directory already.
  ///
  /// @throws IOException if that cannot be; then it is not kept
  public void keep(Request request) throws IOException {
    var path = path(request.id());
    try {
      try (var file = disk.create(path)) {
        file.appendAll(ByteBuffer.wrap(json(request).getBytes(StandardCharsets.UTF_8)));
        file.force();
      }
      disk.forceDirectory(directory);
      disk.forceDirectory(directory.resolveSibling(".").normalize());
    } catch (IOException e) {
      try {
        disk.delete(path);
      } catch (IOException alsoFailed) {
        e.addSuppressed(alsoFailed);
      }
      throw e;
    }
  }

  /// Forgets a request whose import is over.
  public void remove(ImportId id) throws IOException {
    disk.delete(path(id));
  }

  /// All files that are kept for imports: requests and uploads.
  public List<Path> files() throws IOException {
    try {
      return disk.list(directory);
    } catch (NoSuchFileException none) {
      return List.of();
    }
  }

  /// Reads a request; empty for any other file.
  public Optional<Request> read(Path file) throws IOException {
    if (!String.valueOf(file.getFileName()).endsWith(ENDING)) {
      return Optional.empty();
    }
    try (var in = FileInput.open(disk, file, 0)) {
      return Optional.of(request(JSON.readTree(in.readAllBytes())));
    } catch (JacksonException | IllegalArgumentException e) {
      // It is forced before it is acknowledged: this one was not.
      log.debug("{} is no whole request", file, e);
      return Optional.empty();
    }
  }

  /// Removes a file that no import needs any more.
  public void delete(Path file) throws IOException {
    disk.delete(file);
  }

  private static Request request(JsonNode json) {
    return new Request(
        ImportId.parse(json.path("id").asString("")),
        json.path("kind").asString(""),
        json.path("path").asString(""),
        Timestamps.parse(json.path("createdAt").asString("")));
  }

  private static String json(Request request) {
    var json = new LinkedHashMap<String, String>();
    json.put("id", request.id().toString());
    json.put("kind", request.kind());
    json.put("path", request.path());
    json.put("createdAt", Timestamps.format(request.createdAt()));
    return JSON.writeValueAsString(json) + "\n";
  }

  private Path path(ImportId id) {
    return directory.resolve(id + ENDING);
  }
}
