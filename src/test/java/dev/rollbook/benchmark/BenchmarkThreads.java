package dev.rollbook.benchmark;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/// The threads that the load is spread over, each with a running turn, and how to read them back.
final class BenchmarkThreads {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final String base;
  private final List<Conversation> all = new ArrayList<>();

  /// A thread and its turn.
  record Conversation(String thread, String turn) {
    String path(String version) {
      return "/%s/threads/%s/turns/%s/items".formatted(version, thread, turn);
    }
  }

  BenchmarkThreads(InetSocketAddress service, int count) throws IOException, InterruptedException {
    base = "http://%s:%d/v1/threads".formatted(service.getHostString(), service.getPort());
    for (int i = 0; i < count; i++) {
      var thread = create("", "{\"name\":\"benchmark\"}");
      all.add(
          new Conversation(thread, create("/" + thread + "/turns", "{\"input\":\"benchmark\"}")));
    }
  }

  List<Conversation> all() {
    return all;
  }

  /// All items of all threads, as a reader of their histories gets them.
  long countItems() throws IOException, InterruptedException {
    long count = 0;
    for (var one : all) {
      var request =
          HttpRequest.newBuilder(URI.create(base + "/" + one.thread() + "/items"))
              .header("Accept", "application/x-ndjson")
              .build();
      try (var lines = client.send(request, BodyHandlers.ofLines()).body()) {
        count += lines.count();
      }
    }
    return count;
  }

  private String create(String path, String body) throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create(base + path))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build();
    var response = client.send(request, BodyHandlers.ofString());
    if (response.statusCode() != 201) {
      throw new IOException(path + ": " + response.statusCode() + " " + response.body());
    }
    return JSON.readTree(response.body()).path("id").stringValue();
  }
}
