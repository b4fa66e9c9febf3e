package dev.rollbook.codex.ingest;

import dev.rollbook.codex.ingest.ImportDirectory.Request;
import dev.rollbook.codex.ingest.ImportView.ImportStatus;
import dev.rollbook.model.WireName;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.statedb.ImportRepository;
import dev.rollbook.statedb.ImportRow;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.stereotype.Component;

/// Finds the imports that an earlier process did not finish. It reads the rows of imports, and also
/// the request files in the data-dir, because the state-db may have lost rows.
///
/// The request files are listed before the service accepts requests, so that no new import is among
/// them.
@Component
class UnfinishedImports implements SmartInitializingSingleton {
  private static final Logger log = LoggerFactory.getLogger(UnfinishedImports.class);

  private final ImportRepository rows;
  private final ImportDirectory directory;
  private List<Path> left = List.of();

  UnfinishedImports(ImportRepository rows, ImportDirectory directory) {
    this.rows = rows;
    this.directory = directory;
  }

  @Override
  public void afterSingletonsInstantiated() {
    try {
      left = directory.files();
    } catch (IOException e) {
      log.warn(
          "the imports directory of the data-dir cannot be listed: {}; the next start tries again",
          StorageFaults.shortCause(e));
    }
  }

  /// Oldest first. Files of an earlier process that no import needs are deleted: uploads that ended
  /// before they were acknowledged, and leftovers of imports that are over.
  Collection<ImportRow> find() {
    var unfinished = new TreeMap<UUID, ImportRow>();
    rows.unfinished().forEach(row -> unfinished.put(row.id(), row));
    try {
      for (var file : left) {
        directory.readRequest(file).ifPresent(request -> add(request, unfinished));
      }
      for (var file : left) {
        if (!isNeeded(file, unfinished)) {
          directory.delete(file);
        }
      }
    } catch (IOException e) {
      log.warn(
          "files in the imports directory of the data-dir cannot be read or deleted: {}; the next"
              + " start tries again",
          StorageFaults.shortCause(e));
    }
    left = List.of();
    return unfinished.values();
  }

  private void add(Request request, Map<UUID, ImportRow> unfinished) {
    var row = rows.findById(request.id().value()).orElseGet(() -> insert(request));
    if (!WireName.parse(ImportStatus.class, row.status()).isOver()) {
      unfinished.put(row.id(), row);
    }
  }

  private ImportRow insert(Request request) {
    var row = new ImportJob(request).row();
    rows.insert(row);
    return row;
  }

  private static boolean isNeeded(Path file, Map<UUID, ImportRow> unfinished) {
    var name = String.valueOf(file.getFileName());
    return unfinished.keySet().stream().anyMatch(id -> name.startsWith(id.toString()));
  }
}
