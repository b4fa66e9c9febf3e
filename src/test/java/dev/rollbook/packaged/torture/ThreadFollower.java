package dev.rollbook.packaged.torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.json.JsonMapper;

/// Follows a thread from its first item at one replica, and at the next one whenever that one
/// refuses or breaks off, as an `EventSource` behind a load balancer: with the last id that it got.
final class ThreadFollower implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration PAUSE = Duration.ofMillis(50);
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /// In place of a line.
  private static final String GAP = "";

  /// An ordinal that the stream had, with the line of the rollout.
  private record Seen(long ordinal, String line, boolean persisted) {}

  private final ThreeReplicas replicas;
  private final ThreadJournal thread;
  private final int first;
  private final List<Seen> seen = new ArrayList<>();
  private volatile long last = -1;
  private volatile int connections;
  private volatile boolean closed;
  private volatile InputStream open;

  private ThreadFollower(ThreeReplicas replicas, int first, ThreadJournal thread) {
    this.replicas = replicas;
    this.first = first;
    this.thread = thread;
  }

  static ThreadFollower follow(ThreeReplicas replicas, int first, ThreadJournal thread) {
    var follower = new ThreadFollower(replicas, first, thread);
    Thread.ofVirtual().start(follower::run);
    return follower;
  }

  private void run() {
    for (int n = first; !closed; n++) {
      try {
        var request =
            HttpRequest.newBuilder(
                    URI.create(
                        "http://127.0.0.1:%d/v1/threads/%s/events?after=-1"
                            .formatted(replicas.port(n % ThreeReplicas.COUNT), thread.id())))
                .header("accept", "text/event-stream");
        if (last >= 0) {
          request.header("Last-Event-ID", "" + last);
        }
        var response = HTTP.send(request.build(), BodyHandlers.ofInputStream());
        connections++;
        open = response.body();
        if (response.statusCode() == 200 && !closed) {
          read(open);
        } else {
          open.close();
        }
      } catch (IOException broken) {
        // The next replica.
      } catch (InterruptedException e) {
        return;
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private void read(InputStream stream) throws IOException {
    var lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
    var id = "";
    var name = "";
    var data = "";
    for (var line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.isEmpty()) {
        see(name, data);
        last = id.isEmpty() ? last : Long.parseLong(id);
        id = "";
        name = "";
        data = "";
      } else if (line.startsWith("id: ")) {
        id = line.substring(4);
      } else if (line.startsWith("event: ")) {
        name = line.substring(7);
      } else if (line.startsWith("data: ")) {
        data = line.substring(6);
      }
    }
  }

  private void see(String name, String data) {
    switch (name) {
      case "item/appended" -> {
        var json = JsonMapper.shared().readTree(data);
        see(
            json.path("ordinal").longValue(),
            json.path("item").toString(),
            json.path("persisted").booleanValue());
      }
      case "gap" -> {
        var json = JsonMapper.shared().readTree(data);
        for (long ordinal = json.path("firstOrdinal").longValue();
            ordinal <= json.path("lastOrdinal").longValue();
            ordinal++) {
          see(ordinal, GAP, false);
        }
      }
      default -> {
        // Nothing that the history has.
      }
    }
  }

  private void see(long ordinal, String line, boolean persisted) {
    synchronized (seen) {
      seen.add(new Seen(ordinal, line, persisted));
    }
  }

  /// Waits until it has seen the end of the thread, and compares what it has seen with the rollout:
  /// persisted items once and in order. An item that was pending may have been written later, but
  /// another one that has its ordinal since must have been seen, too.
  void audit(RollbookClient client) {
    var lines =
        client.lines(thread.id()).stream().map(line -> JsonMapper.shared().readTree(line)).toList();
    long end = lines.getLast().path("ordinal").longValue();
    await()
        .atMost(PATIENCE)
        .pollInterval(PAUSE)
        .untilAsserted(() -> assertThat(lastSeen()).as("%s", this).isGreaterThanOrEqualTo(end));
    var persisted = new HashMap<Long, String>();
    var others = new HashMap<Long, Set<String>>();
    long before = -1;
    for (var one : all()) {
      if (!one.persisted()) {
        others.computeIfAbsent(one.ordinal(), none -> new HashSet<>()).add(one.line());
      } else {
        assertThat(one.ordinal()).as("%s, in order", this).isGreaterThan(before);
        before = one.ordinal();
        persisted.put(one.ordinal(), one.line());
      }
    }
    for (var line : lines) {
      long ordinal = line.path("ordinal").longValue();
      var item = persisted.get(ordinal);
      var pending = others.getOrDefault(ordinal, Set.of());
      if (item != null || !(pending.contains(line.toString()) || pending.contains(GAP))) {
        assertThat(item).as("%s, ordinal %d", this, ordinal).isEqualTo(line.toString());
      }
    }
    assertThat(persisted.keySet())
        .as("%s", this)
        .isSubsetOf(lines.stream().map(line -> line.path("ordinal").longValue()).toList());
  }

  private long lastSeen() {
    return all().stream().mapToLong(Seen::ordinal).max().orElse(-1);
  }

  private List<Seen> all() {
    synchronized (seen) {
      return List.copyOf(seen);
    }
  }

  @Override
  public String toString() {
    return "follower of %s that began at replica %d and connected %d times"
        .formatted(thread.id(), first, connections);
  }

  @Override
  public void close() {
    closed = true;
    try {
      if (open != null) {
        open.close();
      }
    } catch (IOException e) {
      // It has broken off already.
    }
  }
}
