package dev.rollbook.skips;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Timestamps;
import dev.rollbook.rollout.PreallocatedLog;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.statedb.GapRow;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Journal of skips that cannot be found in the rollout, and that the state-db may lose. These are
/// gaps at the end of a rollout, and lines of Rollbook itself, such as a new name or the end of a
/// turn.
///
/// An entry is written before the response to the skipped append. All entries are also in memory.
/// When the file of the journal is full, the entries that are still needed are written to a second
/// file. An entry of a gap without lines of Rollbook is needed only until the rollout has a line
/// after the gap. From then on, the gap can be found as a hole in the ordinals.
@Component
public class SkipJournal {
  private static final Logger log = LoggerFactory.getLogger(SkipJournal.class);
  private static final JsonMapper JSON = JsonMapper.shared();

  /// Bytes of the lines of one skip. A turn may begin with megabytes of input, of which only the
  /// first line matters.
  private static final int MAX_LINE_BYTES = 256 << 10;

  /// Approximate size of a gap without lines.
  private static final int BYTES_PER_ENTRY = 256;

  private final PreallocatedLog file;

  /// Changed with the lock held; every append looks up its thread without it.
  private final ConcurrentMap<UUID, Map<UUID, Entry>> entries = new ConcurrentHashMap<>();

  @GuardedBy("this")
  private long bytes;

  private volatile boolean behind;

  SkipJournal(PreallocatedLog file) {
    this.file = file;
    try {
      for (var line : file.open()) {
        read(line);
      }
    } catch (IOException e) {
      log.warn(
          "the journal of skipped writes cannot be opened: {}; gaps at the end of a thread are"
              + " known to the state-db only",
          e.getMessage());
      behind = true;
    }
  }

  /// @param lines of Rollbook's own in the gap
  private record Entry(GapRow gap, List<String> lines, int bytes) {}

  /// Gaps of a thread that the state-db may lack.
  public synchronized List<GapRow> gaps(ThreadId thread) {
    return of(thread).stream().map(Entry::gap).toList();
  }

  /// Lines that Rollbook could not write to the thread's rollout, in order.
  public synchronized List<RolloutLine> lines(ThreadId thread) {
    var lines = new ArrayList<RolloutLine>();
    of(thread).forEach(entry -> EncodedLines.of(entry.lines()).forEach(lines::add));
    lines.sort(Comparator.comparingLong(RolloutLine::ordinal));
    return lines;
  }

  /// The first ordinal after all gaps of the thread; 0 for none.
  public synchronized long end(ThreadId thread) {
    return of(thread).stream().mapToLong(entry -> entry.gap().nextOrdinal()).max().orElse(0);
  }

  public boolean has(ThreadId thread) {
    return entries.containsKey(thread.value());
  }

  /// Adds or extends a gap.
  ///
  /// @param own skipped lines of Rollbook's own
  /// @return false if the disk does not have it
  synchronized boolean put(GapRow gap, @Nullable EncodedLines own) {
    var added = own == null ? List.<String>of() : texts(own);
    var entry = entry(gap, added);
    if (bytes + entry.bytes() > PreallocatedLog.MAX_BYTES / 2) {
      return false;
    }
    put(entry);
    return write(text(gap, added));
  }

  /// Retries a failed write.
  void flush() {
    if (behind) {
      rewrite();
    }
  }

  /// The rollout has a line after all gaps of the thread: they can be found as holes in the
  /// ordinals.
  void written(ThreadId thread) {
    if (has(thread)) {
      removeGapsWithoutLines(thread);
    }
  }

  private synchronized void removeGapsWithoutLines(ThreadId thread) {
    var ofThread = entries.get(thread.value());
    if (ofThread != null) {
      for (var entry : List.copyOf(ofThread.values())) {
        if (entry.lines().isEmpty()) {
          remove(entry.gap());
        }
      }
    }
  }

  /// The items of the gap are in the rollout.
  synchronized void repaired(GapRow gap) {
    remove(gap);
  }

  /// Written to the journal, because a later thread may have the same id.
  synchronized void deleted(ThreadId thread) {
    var gone = entries.remove(thread.value());
    if (gone != null) {
      bytes -= gone.values().stream().mapToInt(Entry::bytes).sum();
      write(JSON.writeValueAsString(Map.of("threadId", thread.toString(), "deleted", true)));
    }
  }

  private List<Entry> of(ThreadId thread) {
    var ofThread = entries.get(thread.value());
    return ofThread == null
        ? List.of()
        : ofThread.values().stream()
            .sorted(Comparator.comparingLong(entry -> entry.gap().firstOrdinal()))
            .toList();
  }

  @GuardedBy("this")
  private void put(Entry entry) {
    var replaced =
        entries
            .computeIfAbsent(entry.gap().threadId(), thread -> new LinkedHashMap<>())
            .put(entry.gap().id(), entry);
    bytes += entry.bytes() - (replaced == null ? 0 : replaced.bytes());
  }

  @GuardedBy("this")
  private void remove(GapRow gap) {
    var ofThread = entries.get(gap.threadId());
    var gone = ofThread == null ? null : ofThread.remove(gap.id());
    if (ofThread != null && gone != null) {
      bytes -= gone.bytes();
      if (ofThread.isEmpty()) {
        entries.remove(gap.threadId());
      }
    }
  }

  /// A failed write is retried by the next [#flush], not by each skip.
  private boolean write(String text) {
    if (behind) {
      return false;
    }
    try {
      return file.append(text) || rewrite();
    } catch (IOException e) {
      log.debug("a skip is not in the journal", e);
      behind = true;
      return false;
    }
  }

  private synchronized boolean rewrite() {
    try {
      file.replace(
          entries.values().stream()
              .flatMap(ofThread -> ofThread.values().stream())
              .map(entry -> text(entry.gap(), entry.lines()))
              .toList());
      behind = false;
    } catch (IOException e) {
      log.debug("the journal of skips cannot be written", e);
      behind = true;
    }
    return !behind;
  }

  private static List<String> texts(EncodedLines own) {
    var lines = own.lines();
    return (own.length() > MAX_LINE_BYTES ? lines.subList(0, 1) : lines)
        .stream().filter(line -> line.length() <= MAX_LINE_BYTES).map(Object::toString).toList();
  }

  private static String text(GapRow gap, List<String> lines) {
    var members = new LinkedHashMap<String, @Nullable Object>();
    members.put("at", Timestamps.format(gap.recordedAt()));
    members.put("threadId", gap.threadId());
    members.put("turnId", gap.turnId());
    members.put("gapId", gap.id());
    members.put("firstOrdinal", gap.firstOrdinal());
    members.put("nextOrdinal", gap.nextOrdinal());
    members.put("reason", gap.reason());
    members.put("lines", lines);
    return JSON.writeValueAsString(members);
  }

  /// Skips a line that was torn by a crash.
  @GuardedBy("this")
  private void read(String text) {
    try {
      var node = JSON.readTree(text);
      var thread = UUID.fromString(node.path("threadId").asString());
      if (node.path("deleted").asBoolean(false)) {
        var gone = entries.remove(thread);
        bytes -= gone == null ? 0 : gone.values().stream().mapToInt(Entry::bytes).sum();
      } else {
        var lines = new ArrayList<String>();
        node.path("lines").forEach(line -> lines.add(line.asString()));
        put(entry(gap(node, thread), lines));
      }
    } catch (JacksonException | IllegalArgumentException e) {
      log.debug("a line of the journal of skips cannot be read", e);
    }
  }

  /// The gap with its lines so far and the added ones.
  private Entry entry(GapRow gap, List<String> added) {
    var ofThread = entries.get(gap.threadId());
    var before = ofThread == null ? null : ofThread.get(gap.id());
    var lines = new ArrayList<>(before == null ? List.of() : before.lines());
    lines.addAll(added);
    return new Entry(gap, lines, BYTES_PER_ENTRY + lines.stream().mapToInt(String::length).sum());
  }

  private static GapRow gap(JsonNode node, UUID thread) {
    var turn = node.path("turnId").stringValue(null);
    return new GapRow(
        UUID.fromString(node.path("gapId").asString()),
        thread,
        turn == null ? null : UUID.fromString(turn),
        node.path("firstOrdinal").asLong(),
        node.path("nextOrdinal").asLong(),
        node.path("reason").asString(),
        time(node),
        null);
  }

  private static Instant time(JsonNode node) {
    return Timestamps.parse(node.path("at").asString());
  }
}
