package dev.rollbook.codex.ingest;

import dev.rollbook.access.Owner;
import dev.rollbook.codex.source.SourceFile;
import dev.rollbook.model.ImportId;
import dev.rollbook.model.Timestamps;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.FileInput;
import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.rollout.disk.StorageFaults;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// The directory `imports/` of the data-dir. Each import has up to three files in it: its request
/// (`<importId>.json`), the rollout that was uploaded (`.jsonl` or `.jsonl.zst`), and a marker
/// while it runs (`.running`).
///
/// A request is fsynced before it is acknowledged. It is deleted when the state-db has durably
/// recorded the end of the import. So an acknowledged import survives a kill of the process, and
/// the loss of the state-db.
///
/// The marker counts crashes. Each run of the import appends a byte to the marker when the run
/// begins, and deletes the marker when the run ends. So the size of the marker before a run is the
/// number of consecutive runs that ended in a crash. The state-db cannot count these runs: H2
/// writes commits half a second late, and a malformed file may crash the process sooner. The marker
/// is not fsynced, because it only has to survive a crash of the process.
@Component
class ImportDirectory {
  private static final Logger log = LoggerFactory.getLogger(ImportDirectory.class);
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final int CHUNK = 64 * 1024;
  private static final String REQUEST = ".json";
  private static final String RUNNING = ".running";

  private final Disk disk;
  private final Path directory;

  ImportDirectory(Disk disk, DataDir dataDir) {
    this.disk = disk;
    this.directory = dataDir.dataDir().resolve("imports");
  }

  /// A request for an import.
  ///
  /// @param kind `path` or `upload`
  /// @param path of the rollout or directory; of an upload, the name of its file
  /// @param owner of the threads that the import creates
  record Request(ImportId id, String kind, String path, Owner owner, Instant createdAt) {}

  /// The files of all imports.
  List<Path> files() throws IOException {
    return disk.listIfThere(directory);
  }

  /// Those of the files that were not written since a time.
  List<Path> unchangedSince(List<Path> files, Instant time) throws IOException {
    var unchanged = new ArrayList<Path>();
    for (var file : files) {
      var state = disk.stat(file);
      if (state != null && state.modified().isBefore(time)) {
        unchanged.add(file);
      }
    }
    return unchanged;
  }

  void delete(Path file) throws IOException {
    disk.delete(file);
  }

  /// Stores a request durably, together with its upload.
  ///
  /// @throws IOException if that fails; then the request is not stored
  void store(Request request) throws IOException {
    var path = path(request.id(), REQUEST);
    try {
      try (var file = disk.create(path)) {
        file.appendText(json(request));
        file.force();
      }
      disk.forceDirectory(directory);
      disk.forceDirectory(directory.resolveSibling(".").normalize());
    } catch (IOException e) {
      IoRecovery.undo(e, () -> disk.delete(path));
      throw e;
    }
  }

  /// Reads a request; empty for any other file.
  Optional<Request> readRequest(Path file) throws IOException {
    if (!String.valueOf(file.getFileName()).endsWith(REQUEST)) {
      return Optional.empty();
    }
    try (var in = FileInput.open(disk, file, 0)) {
      var json = JSON.readTree(in.readAllBytes());
      return Optional.of(
          new Request(
              ImportId.parse(json.path("id").asString("")),
              json.path("kind").asString(""),
              json.path("path").asString(""),
              new Owner(json.path("tenant").asString(null), json.path("owner").asString(null)),
              Timestamps.parse(json.path("createdAt").asString(""))));
    } catch (JacksonException | IllegalArgumentException e) {
      // A request is synced before it is acknowledged, so an incomplete one was not acknowledged.
      log.debug("import request {} is incomplete", file, e);
      return Optional.empty();
    }
  }

  void removeRequest(ImportId id) throws IOException {
    disk.delete(path(id, REQUEST));
  }

  private static String json(Request request) {
    var json = JSON.createObjectNode().put("id", request.id().toString());
    json.put("kind", request.kind()).put("path", request.path());
    if (request.owner().tenant() != null) {
      json.put("tenant", request.owner().tenant()).put("owner", request.owner().principal());
    }
    json.put("createdAt", Timestamps.format(request.createdAt()));
    return JSON.writeValueAsString(json) + "\n";
  }

  /// Stores an upload durably; if that fails, nothing is stored.
  ///
  /// @param name of a rollout file
  void storeUpload(ImportId id, String name, InputStream content) throws IOException {
    var path = uploadPath(id, name);
    try (var file = onDisk(() -> disk.create(path))) {
      var bytes = new byte[CHUNK];
      for (int read = content.read(bytes); read >= 0; read = content.read(bytes)) {
        var buffer = ByteBuffer.wrap(bytes, 0, read);
        onDisk(() -> {
          file.appendAll(buffer);
          return file;
        });
      }
      onDisk(() -> {
        file.force();
        return file;
      });
    } catch (IOException | RuntimeException e) {
      IoRecovery.undo(e, () -> disk.delete(path));
      throw e;
    }
  }

  /// Marks failures of our disk, so that they differ from a client that disconnects: only the
  /// former are faults of the service.
  private static <T> T onDisk(IoRecovery.Operation<T> operation) {
    try {
      return operation.run();
    } catch (IOException e) {
      throw StorageFaults.unavailable("the upload cannot be stored in the data-dir", e);
    }
  }

  /// The uploaded file, as a source file with the given name.
  Optional<SourceFile> findUpload(ImportId id, String name) throws IOException {
    var path = uploadPath(id, name);
    var state = disk.stat(path);
    return state == null
        ? Optional.empty()
        : SourceFile.of(Path.of(name), state).map(file -> file.at(path));
  }

  /// Caller must close the stream.
  InputStream openUpload(ImportId id, String name) throws IOException {
    return FileInput.open(disk, uploadPath(id, name), 0);
  }

  void removeUpload(ImportId id, String name) throws IOException {
    disk.delete(uploadPath(id, name));
  }

  /// Number of times in a row that the process crashed while the import ran.
  int crashesDuring(ImportId id) {
    try {
      var state = disk.stat(path(id, RUNNING));
      return state == null ? 0 : (int) Math.min(state.size(), Integer.MAX_VALUE);
    } catch (IOException e) {
      log.debug("runs of import {} that did not end cannot be counted", id, e);
      return 0;
    }
  }

  /// Marks the import as running. If that fails, the run continues without a marker.
  void markRunning(ImportId id) {
    var path = path(id, RUNNING);
    try (var file = disk.openOrCreate(path)) {
      file.appendAll(ByteBuffer.wrap(new byte[] {'.'}));
    } catch (IOException e) {
      log.debug("import {} cannot be marked as running", id, e);
    }
  }

  /// Removes the marker, because the run ended without a crash of the process.
  void unmarkRunning(ImportId id) {
    var path = path(id, RUNNING);
    try {
      disk.delete(path);
    } catch (IOException e) {
      log.warn(
          "marker {} of an import that has ended cannot be deleted: {}; delete the file,"
              + " or the next start counts a crash during that import",
          path,
          StorageFaults.shortCause(e));
    }
  }

  /// Uses only the extension of the name, because the rest was chosen by the client.
  private Path uploadPath(ImportId id, String name) {
    return path(id, SourceFile.isCompressed(name) ? ".jsonl.zst" : ".jsonl");
  }

  private Path path(ImportId id, String ending) {
    return directory.resolve(id + ending);
  }
}
