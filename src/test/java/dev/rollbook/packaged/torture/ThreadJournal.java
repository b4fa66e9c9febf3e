package dev.rollbook.packaged.torture;

import dev.rollbook.packaged.torture.RetryingClient.Outcome;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import tools.jackson.databind.JsonNode;

/// Items sent to one thread, and the receipts for them.
final class ThreadJournal {
  /// How much is known of a turn from the answers that came.
  enum Known {
    /// Nothing is promised: no answer came, or one that told of a skip.
    UNSURE,
    RUNS,
    ENDED
  }

  private final String id;
  private final Map<String, JournalItem> sent = new ConcurrentHashMap<>();
  private final Map<Long, JournalItem> placed = new ConcurrentHashMap<>();
  private final Map<Long, JournalItem> placedLater = new ConcurrentHashMap<>();
  private final Set<JournalItem> persisted = ConcurrentHashMap.newKeySet();
  private final Set<JournalItem> pending = ConcurrentHashMap.newKeySet();
  private final Set<JournalItem> skipped = ConcurrentHashMap.newKeySet();
  private final Queue<List<JournalItem>> requests = new ConcurrentLinkedQueue<>();
  private final Map<String, Known> turns = new ConcurrentHashMap<>();
  private volatile boolean acknowledged;

  ThreadJournal(String id) {
    this.id = id;
  }

  String id() {
    return id;
  }

  /// Its start was answered as it should be.
  void acknowledge() {
    acknowledged = true;
  }

  boolean isAcknowledged() {
    return acknowledged;
  }

  void turn(String turn, Known known) {
    turns.put(turn, known);
  }

  Map<String, Known> turns() {
    return turns;
  }

  /// To be called before the items are sent, once.
  List<JournalItem> send(List<JournalItem> items) {
    items.forEach(item -> sent.put(item.name(), item));
    requests.add(items);
    return items;
  }

  /// @param inOneGo whether the items got ordinals without a hole
  /// @return what became of the items
  Outcome receipt(List<JournalItem> items, JsonNode receipt, boolean inOneGo) {
    long duplicates = receipt.path("duplicates").longValue();
    boolean placed = inOneGo && duplicates == 0;
    var persistence = receipt.path("persistence");
    if (persistence.path("status").stringValue().equals("skipped")) {
      boolean late = persistence.path("pending").booleanValue();
      if (late) {
        pending.addAll(items);
        if (placed) {
          long first = receipt.path("firstOrdinal").longValue();
          for (int n = 0; n < items.size(); n++) {
            placedLater.put(first + n, items.get(n));
          }
        }
      } else if (placed) {
        skipped.addAll(items);
      }
      return late ? Outcome.PENDING : Outcome.SKIPPED;
    }
    long accepted = receipt.path("accepted").longValue();
    if (accepted + duplicates != items.size()) {
      throw new AssertionError("%d items came to %s".formatted(items.size(), receipt));
    }
    persisted.addAll(items);
    if (placed) {
      place(items, receipt.path("firstOrdinal").longValue());
    }
    return Outcome.PERSISTED;
  }

  private void place(List<JournalItem> items, long first) {
    long ordinal = first;
    for (var item : items) {
      place(item, ordinal++);
    }
  }

  private void place(JournalItem item, long ordinal) {
    var other = placed.put(ordinal, item);
    if (other != null) {
      throw new AssertionError(
          "ordinal %d of %s given to %s and %s".formatted(ordinal, id, other, item));
    }
  }

  Set<JournalItem> pending() {
    return pending;
  }

  /// The pending items are owed from now on, but not at the ordinals of their receipts: the next
  /// owner of the thread has written them.
  void pendingHasMoved() {
    persisted.addAll(pending);
    pending.clear();
    placedLater.clear();
  }

  Map<String, JournalItem> sent() {
    return sent;
  }

  /// Items by the ordinals that receipts named.
  Map<Long, JournalItem> placed() {
    return placed;
  }

  Set<JournalItem> persisted() {
    return persisted;
  }

  /// The service has had the time to write all pending items: they are owed from now on.
  void pendingIsOver() {
    persisted.addAll(pending);
    pending.clear();
    placedLater.forEach((ordinal, item) -> place(item, ordinal));
    placedLater.clear();
  }

  /// Items of which a receipt said that they are not in the history, and will not be.
  Set<JournalItem> skipped() {
    return skipped;
  }

  /// The items of each request, in the order in which they were sent.
  Queue<List<JournalItem>> requests() {
    return requests;
  }
}
