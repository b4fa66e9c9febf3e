package dev.rollbook.packaged.torture;

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
  private final Set<JournalItem> persisted = ConcurrentHashMap.newKeySet();
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
  /// @return whether they were persisted
  boolean receipt(List<JournalItem> items, JsonNode receipt, boolean inOneGo) {
    long duplicates = receipt.path("duplicates").longValue();
    var persistence = receipt.path("persistence");
    if (persistence.path("status").stringValue().equals("skipped")) {
      if (inOneGo && duplicates == 0) {
        skipped.addAll(items);
      }
      return false;
    }
    long accepted = receipt.path("accepted").longValue();
    if (accepted + duplicates != items.size()) {
      throw new AssertionError("%d items came to %s".formatted(items.size(), receipt));
    }
    persisted.addAll(items);
    if (inOneGo && duplicates == 0) {
      place(items, receipt.path("firstOrdinal").longValue());
    }
    return true;
  }

  private void place(List<JournalItem> items, long first) {
    long ordinal = first;
    for (var item : items) {
      var other = placed.put(ordinal, item);
      if (other != null) {
        throw new AssertionError(
            "ordinal %d of %s given to %s and %s".formatted(ordinal, id, other, item));
      }
      ordinal++;
    }
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

  /// Items of which a receipt said that they are not in the history, and will not be.
  Set<JournalItem> skipped() {
    return skipped;
  }

  /// The items of each request, in the order in which they were sent.
  Queue<List<JournalItem>> requests() {
    return requests;
  }
}
