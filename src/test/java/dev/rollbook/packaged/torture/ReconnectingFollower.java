package dev.rollbook.packaged.torture;

import dev.rollbook.http.RollbookClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/// Client of the event stream of a thread, which reconnects with `Last-Event-ID` whenever the
/// stream ends, as a browser does, and which has to get every ordinal once and in order.
final class ReconnectingFollower implements AutoCloseable {
  private static final long PAUSE_MILLIS = 50;
  private static final String ID = "id: ";

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final String thread;
  private final ThreeReplicas replicas;
  private final Random random;
  private final Thread running;
  private volatile long last = -1;
  private volatile int connections;
  private volatile Throwable failure;
  private volatile boolean closed;

  /// Follows a thread from its beginning, at any of the replicas.
  ReconnectingFollower(String thread, ThreeReplicas replicas, Random random) {
    this.thread = thread;
    this.replicas = replicas;
    this.random = random;
    this.running = Thread.ofVirtual().start(this::run);
  }

  String thread() {
    return thread;
  }

  /// The last ordinal that has arrived.
  long last() {
    if (failure != null) {
      throw new AssertionError("follower of %s after ordinal %d".formatted(thread, last), failure);
    }
    return last;
  }

  int connections() {
    return connections;
  }

  private void run() {
    try {
      while (!closed) {
        follow();
        Thread.sleep(PAUSE_MILLIS);
      }
    } catch (IOException | RuntimeException | AssertionError e) {
      failure = closed ? null : e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void follow() throws IOException, InterruptedException {
    var response = replicas.call(random, (client, port) -> open(port));
    if (response.statusCode() != 200) {
      throw new AssertionError(
          response.statusCode()
              + ": "
              + new String(response.body().readAllBytes(), StandardCharsets.UTF_8));
    }
    connections++;
    try (var lines =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      for (var line = lines.readLine(); line != null && !closed; line = lines.readLine()) {
        if (line.startsWith(ID)) {
          received(Long.parseLong(line.substring(ID.length())));
        }
      }
    }
  }

  /// The id of an event is its last ordinal; the load has no events with several.
  private void received(long ordinal) {
    if (ordinal != last && ordinal != last + 1) {
      throw new AssertionError("ordinal %d after %d".formatted(ordinal, last));
    }
    last = ordinal;
  }

  private HttpResponse<InputStream> open(int port) {
    var request =
        HttpRequest.newBuilder(
                URI.create(
                    "http://127.0.0.1:%d%s/events".formatted(port, RollbookClient.thread(thread))))
            .header("Last-Event-ID", String.valueOf(last))
            .build();
    try {
      return http.send(request, BodyHandlers.ofInputStream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    closed = true;
    http.shutdownNow();
    running.interrupt();
  }
}
