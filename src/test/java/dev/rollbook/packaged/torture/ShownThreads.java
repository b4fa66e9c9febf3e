package dev.rollbook.packaged.torture;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;

import dev.rollbook.http.RollbookClient;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/// What the rows of some threads show, and what has to be the same when they were rebuilt from the
/// rollouts. `updatedAt` is not: it also tells of appends that were repeated and added nothing.
final class ShownThreads {
  private static final List<String> OF_THREADS =
      List.of(
          "name",
          "turnCount",
          "activeTurnId",
          "itemCount",
          "nextOrdinal",
          "completeness",
          "preview",
          "createdAt");

  private static final List<String> OF_TURNS =
      List.of("id", "status", "itemCount", "startedAt", "completedAt");

  private static final List<String> OF_GAPS = List.of("firstOrdinal", "lastOrdinal");

  private ShownThreads() {}

  /// By what was asked for: the list of all threads, and each of the given ones.
  static Map<String, String> of(RollbookClient client, Collection<ThreadJournal> threads) {
    var shown = new TreeMap<String, String>();
    forEach(
        client,
        "/v1/threads?limit=100",
        row -> shown.put("list " + row.path("id").stringValue(), members(row, OF_THREADS)));
    for (var each : threads) {
      var path = thread(each.id());
      shown.put(path, members(expect(200, client.get(path)).json(), OF_THREADS));
      forEach(
          client,
          path + "/turns?limit=100",
          turn -> shown.merge(path + "/turns", members(turn, OF_TURNS), ShownThreads::joined));
      forEach(
          client,
          path + "/gaps?limit=100",
          gap -> shown.merge(path + "/gaps", members(gap, OF_GAPS), ShownThreads::joined));
    }
    return shown;
  }

  /// What was shown before and is not shown any more, and what is shown instead.
  static List<String> differences(Map<String, String> before, Map<String, String> after) {
    var all = new TreeMap<>(before);
    after.forEach(all::putIfAbsent);
    return all.keySet().stream()
        .filter(key -> !Objects.equals(before.get(key), after.get(key)))
        .map(key -> "%s: %s%n is now %s".formatted(key, before.get(key), after.get(key)))
        .toList();
  }

  private static String joined(String before, String added) {
    return before + "\n" + added;
  }

  private static void forEach(RollbookClient client, String path, Consumer<JsonNode> action) {
    var cursor = "";
    do {
      var page = expect(200, client.get(path + cursor)).json();
      page.path("data").forEach(action);
      cursor = "&cursor=" + page.path("nextCursor").asString("");
    } while (!cursor.equals("&cursor="));
  }

  private static String members(JsonNode of, List<String> names) {
    var members = new TreeMap<String, String>();
    names.forEach(name -> members.put(name, of.path(name).toString()));
    return members.toString();
  }
}
