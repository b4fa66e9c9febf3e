package dev.rollbook.codex.ingest;

import dev.rollbook.cluster.Replicas;
import dev.rollbook.codex.ingest.ImportDirectory.Request;
import dev.rollbook.codex.ingest.ImportView.ImportStatus;
import dev.rollbook.codex.source.SourceRoots;
import dev.rollbook.model.WireName;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.statedb.ImportRepository;
import dev.rollbook.statedb.ImportRow;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.stereotype.Component;

/// Finds the imports that no process runs, because their last one has ended. It reads the rows of
/// imports and, at the start, also the request files in the data-dir, because the state-db may have
/// lost rows.
///
/// The request files are listed before the service accepts requests, so that no new import is among
/// them.
@Component
class UnfinishedImports implements SmartInitializingSingleton {
  private static final Logger log = LoggerFactory.getLogger(UnfinishedImports.class);

  /// A file that is younger may be that of an upload which another replica receives now.
  private static final Duration ABANDONED_AFTER = Duration.ofHours(1);

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final ImportRepository rows;
  private final ImportDirectory directory;
  private final SourceRoots roots;
  private final Replicas replicas;
  private final Clock clock;
  private List<Path> left = List.of();

  /// Imports of replicas that are gone whose path does not exist here, since when.
  private final Map<UUID, Instant> unavailable = new HashMap<>();

  UnfinishedImports(
      ImportRepository rows,
      ImportDirectory directory,
      SourceRoots roots,
      Replicas replicas,
      Clock clock) {
    this.rows = rows;
    this.directory = directory;
    this.roots = roots;
    this.replicas = replicas;
    this.clock = clock;
  }

  @Override
  public void afterSingletonsInstantiated() {
    try {
      left = directory.files();
      if (!replicas.isSole()) {
        left = directory.unchangedSince(left, clock.instant().minus(ABANDONED_AFTER));
      }
    } catch (IOException e) {
      log.warn(
          "the imports directory of the data-dir cannot be listed: {}; the next start tries again",
          StorageFaults.shortCause(e));
    }
  }

  /// The unfinished imports, which this process runs from now on, oldest first. Files of an earlier
  /// process that no import needs are deleted: uploads that ended before they were acknowledged,
  /// and leftovers of imports that are over.
  List<ImportJob> take() {
    var self = replicas.self().id();
    return found().stream()
        .filter(row -> self.equals(row.replica()) || isAbandoned(row))
        .map(this::take)
        .flatMap(Optional::stream)
        .toList();
  }

  /// The unfinished imports of replicas that are gone. One whose path does not exist here is left
  /// to other replicas for a while.
  List<ImportJob> takeOver() {
    var all = rows.unfinished();
    var abandoned = all.stream().filter(this::isAbandoned).toList();
    unavailable.keySet().retainAll(abandoned.stream().map(ImportRow::id).toList());
    return abandoned.stream()
        .filter(row -> isAvailable(row) || isUnavailableForLong(row))
        .map(this::take)
        .flatMap(Optional::stream)
        .toList();
  }

  private boolean isAbandoned(ImportRow row) {
    return row.replica() == null || !replicas.isAlive(row.replica());
  }

  private Optional<ImportJob> take(ImportRow row) {
    var self = replicas.self().id();
    return rows.take(row.id(), row.replica(), self) == 1
        ? Optional.of(new ImportJob(row, self))
        : Optional.empty();
  }

  private boolean isUnavailableForLong(ImportRow row) {
    var now = clock.instant();
    var since = unavailable.computeIfAbsent(row.id(), first -> now);
    return Duration.between(since, now).compareTo(PATIENCE) >= 0;
  }

  /// Whether this process can read what is imported.
  boolean isAvailable(ImportRow row) {
    try {
      return row.request().kind().equals(ImportJob.UPLOAD)
          || roots.resolve(Path.of(row.request().path())).isPresent();
    } catch (IOException e) {
      log.debug("{} cannot be read here", row.request().path(), e);
      return false;
    }
  }

  private Collection<ImportRow> found() {
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
    var row = new ImportJob(request, replicas.self().id()).row();
    rows.insert(row);
    return row;
  }

  private static boolean isNeeded(Path file, Map<UUID, ImportRow> unfinished) {
    var name = String.valueOf(file.getFileName());
    return unfinished.keySet().stream().anyMatch(id -> name.startsWith(id.toString()));
  }
}
