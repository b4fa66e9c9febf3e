package dev.rollbook.imports;

import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.source.ImportRequests;
import dev.rollbook.source.ImportRequests.Request;
import dev.rollbook.statedb.ImportRow;
import dev.rollbook.statedb.ImportRows;
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

/// Finds the imports that an earlier process has left undone: by their rows, and by their requests
/// in the data-dir, as the state-db may have lost the rows.
///
/// Which files an earlier process has left is noted before the first request is served.
@Component
class WaitingImports implements SmartInitializingSingleton {
  private static final Logger log = LoggerFactory.getLogger(WaitingImports.class);

  private final ImportRows rows;
  private final ImportRequests requests;
  private List<Path> left = List.of();

  WaitingImports(ImportRows rows, ImportRequests requests) {
    this.rows = rows;
    this.requests = requests;
  }

  @Override
  public void afterSingletonsInstantiated() {
    try {
      left = requests.files();
    } catch (IOException e) {
      log.warn(
          "what was kept for imports cannot be listed: {}; it is tried again at the next start",
          StorageFaults.shortCause(e));
    }
  }

  /// Oldest first. What an earlier process has left and no import needs is removed: uploads that
  /// were cut off before they were acknowledged, and what is left of imports that are over.
  Collection<ImportRow> find() {
    var waiting = new TreeMap<UUID, ImportRow>();
    rows.unfinished().forEach(row -> waiting.put(row.id(), row));
    try {
      for (var file : left) {
        requests.read(file).ifPresent(request -> take(request, waiting));
      }
      for (var file : left) {
        if (!isNeeded(file, waiting)) {
          requests.delete(file);
        }
      }
    } catch (IOException e) {
      log.warn(
          "what was kept for imports cannot be read or removed: {}; it is tried again at the next"
              + " start",
          StorageFaults.shortCause(e));
    }
    left = List.of();
    return waiting.values();
  }

  private void take(Request request, Map<UUID, ImportRow> waiting) {
    var row = rows.findById(request.id().value()).orElseGet(() -> insert(request));
    if (!ImportStatus.parse(row.status()).isOver()) {
      waiting.put(row.id(), row);
    }
  }

  private ImportRow insert(Request request) {
    var row = ImportJob.queued(request);
    rows.insert(row);
    return row;
  }

  private static boolean isNeeded(Path file, Map<UUID, ImportRow> waiting) {
    var name = String.valueOf(file.getFileName());
    return waiting.keySet().stream().anyMatch(id -> name.startsWith(id.toString()));
  }
}
