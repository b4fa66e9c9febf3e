package dev.rollbook.packaged;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A model on loopback that always says the same, and remembers what it was asked.
final class FakeModel implements AutoCloseable {
  static final String ANSWER = "said by the model";
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String MESSAGE =
      "{\"type\":\"message\",\"id\":\"msg_1\",\"role\":\"assistant\",\"status\":\"completed\",\"content\":[{\"type\":\"output_text\",\"text\":\""
          + ANSWER
          + "\",\"annotations\":[]}]}";

  private final HttpServer server;
  private final List<JsonNode> requests = new CopyOnWriteArrayList<>();

  FakeModel() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
  }

  /// The messages of persons and of the model that it was sent last, each with who said it; without
  /// what Codex says of itself and of the machine.
  List<String> lastContext() {
    return requests
        .getLast()
        .path("input")
        .valueStream()
        .filter(item -> item.path("type").asString("").equals("message"))
        .map(item -> item.path("role").asString() + ": " + text(item))
        .filter(said -> said.startsWith("user: ") || said.startsWith("assistant: "))
        .filter(said -> !said.startsWith("user: <") && !said.startsWith("user: Placeholder"))
        .toList();
  }

  private static String text(JsonNode item) {
    return String.join(
        "",
        item.path("content").valueStream().map(part -> part.path("text").asString("")).toList());
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      var body = exchange.getRequestBody().readAllBytes();
      if (!exchange.getRequestURI().getPath().endsWith("/responses")) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      requests.add(JSON.readTree(body));
      exchange.getResponseHeaders().set("content-type", "text/event-stream");
      exchange.sendResponseHeaders(200, 0);
      exchange.getResponseBody().write(events().getBytes(UTF_8));
    }
  }

  private static String events() {
    return event("response.created", "\"response\":{\"id\":\"resp_1\",\"output\":[]}")
        + event("response.output_item.done", "\"output_index\":0,\"item\":" + MESSAGE)
        + event(
            "response.completed",
            "\"response\":{\"id\":\"resp_1\",\"status\":\"completed\",\"output\":["
                + MESSAGE
                + "],\"usage\":{\"input_tokens\":1,\"output_tokens\":1,\"total_tokens\":2}}");
  }

  private static String event(String type, String members) {
    return "event: %s\ndata: {\"type\":\"%s\",%s}\n\n".formatted(type, type, members);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
