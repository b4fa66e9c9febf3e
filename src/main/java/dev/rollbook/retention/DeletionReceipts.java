package dev.rollbook.retention;

import dev.rollbook.model.Timestamps;
import dev.rollbook.statedb.ThreadRow;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// Receipts of deletions by retention. Each receipt has two lines. The first line is written before
/// the deletion, and has everything that is known about the thread. The second line is written
/// after the deletion, and has the outcome. So no line states a deletion that has not happened.
///
/// If the second line is missing, the deletion was interrupted. The next pass adds the line.
@Component
class DeletionReceipts {
  private static final Logger log = LoggerFactory.getLogger(DeletionReceipts.class);
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String DELETING = "deleting";
  private static final String DELETED = "deleted";
  private static final String KEPT = "kept";

  private final ReceiptFiles files;
  private final Clock clock;
  private @Nullable Map<UUID, String> unfinished;

  DeletionReceipts(ReceiptFiles files, Clock clock) {
    this.files = files;
    this.clock = clock;
  }

  /// A thread to be deleted.
  ///
  /// @param bytes of the rollout, of which `sha256` is the digest
  record DeletionCandidate(ThreadRow row, long bytes, String sha256, String tag) {}

  /// Deletions without an outcome: path of the rollout by thread. Read from the files, because
  /// another replica may have made the last pass.
  Map<UUID, String> readUnfinished() throws IOException {
    unfinished = null;
    return Map.copyOf(unfinished());
  }

  private Map<UUID, String> unfinished() throws IOException {
    var known = unfinished;
    if (known == null) {
      known = new LinkedHashMap<>();
      for (var line : files.newest()) {
        follow(line, known);
      }
      unfinished = known;
    }
    return known;
  }

  /// Synced when this returns.
  void deleting(List<DeletionCandidate> candidates, Duration after) throws IOException {
    unfinished();
    var now = clock.instant();
    write(candidates.stream().map(one -> before(one, after, now)).toList(), now);
  }

  /// Outcomes of deletions: null if the thread was deleted, otherwise why it was kept.
  void outcomes(Map<UUID, @Nullable String> kept) throws IOException {
    var now = clock.instant();
    var lines = new ArrayList<Map<String, Object>>();
    kept.forEach((id, why) -> lines.add(after(id, why, now)));
    write(lines, now);
  }

  private void write(List<Map<String, Object>> lines, Instant now) throws IOException {
    if (lines.isEmpty()) {
      return;
    }
    var text = lines.stream().map(JSON::writeValueAsString).toList();
    files.write(text, now);
    var known = unfinished;
    if (known != null) {
      text.forEach(line -> follow(line, known));
    }
  }

  private static Map<String, Object> before(
      DeletionCandidate candidate, Duration after, Instant now) {
    var row = candidate.row();
    var line = line(DELETING, row.id(), now);
    line.put("rule", RetentionAction.DELETE.rule() + " " + after);
    put(line, "name", row.attributes().name());
    put(line, "preview", row.activity().preview());
    put(line, "source", row.provenance().source());
    put(line, "cwd", row.provenance().cwd());
    line.put("createdAt", Timestamps.format(row.provenance().createdAt()));
    line.put("updatedAt", Timestamps.format(row.activity().updatedAt()));
    put(
        line,
        "archivedAt",
        row.attributes().archivedAt() == null
            ? null
            : Timestamps.format(row.attributes().archivedAt()));
    line.put("itemCount", row.counters().itemCount());
    line.put("openGaps", row.counters().openGaps());
    line.put("rolloutPath", row.storage().rolloutPath());
    line.put("bytes", candidate.bytes());
    line.put("sha256", candidate.sha256());
    return line;
  }

  private static Map<String, Object> after(UUID id, @Nullable String kept, Instant now) {
    var line = line(kept == null ? DELETED : KEPT, id, now);
    put(line, "why", kept);
    return line;
  }

  private static Map<String, Object> line(String step, UUID id, Instant now) {
    var line = new LinkedHashMap<String, Object>();
    line.put("step", step);
    line.put("at", Timestamps.format(now));
    line.put("id", id.toString());
    return line;
  }

  private static void put(Map<String, Object> line, String name, @Nullable Object value) {
    if (value != null) {
      line.put(name, value);
    }
  }

  private static void follow(String line, Map<UUID, String> unfinished) {
    try {
      var said = JSON.readTree(line);
      var id = UUID.fromString(said.path("id").asString(""));
      if (said.path("step").asString("").equals(DELETING)) {
        unfinished.put(id, said.path("rolloutPath").asString(""));
      } else {
        unfinished.remove(id);
      }
    } catch (JacksonException | IllegalArgumentException e) {
      log.debug("a line of the receipts cannot be read", e);
    }
  }
}
