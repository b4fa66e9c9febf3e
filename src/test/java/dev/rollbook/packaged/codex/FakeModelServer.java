package dev.rollbook.packaged.codex;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Model server on loopback with a constant answer, which records its requests. Asked for
/// `[tool:COMMAND]` it calls the shell first.
final class FakeModelServer implements AutoCloseable {
  static final String ANSWER = "said by the model";
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String MESSAGE =
      "{\"type\":\"message\",\"id\":\"msg_1\",\"role\":\"assistant\",\"status\":\"completed\",\"content\":[{\"type\":\"output_text\",\"text\":\""
          + ANSWER
          + "\",\"annotations\":[]}]}";

  private static final Pattern TOOL = Pattern.compile("\\[tool:([^\\]]+)]");

  private final HttpServer server;
  private final List<JsonNode> requests = new CopyOnWriteArrayList<>();
  private volatile Runnable beforeAnswer = () -> {};

  FakeModelServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
  }

  /// What happens while an agent waits for the model.
  void beforeAnswer(Runnable action) {
    beforeAnswer = action;
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
      var request = JSON.readTree(body);
      requests.add(request);
      beforeAnswer.run();
      exchange.getResponseHeaders().set("content-type", "text/event-stream");
      exchange.sendResponseHeaders(200, 0);
      exchange.getResponseBody().write(events(output(request)).getBytes(UTF_8));
    }
  }

  private static String output(JsonNode request) {
    var input = request.path("input");
    var last = input.path(input.size() - 1);
    var tool = TOOL.matcher(last.path("role").asString("").equals("user") ? text(last) : "");
    if (!tool.find()) {
      return MESSAGE;
    }
    var arguments = JSON.writeValueAsString(Map.of("cmd", tool.group(1)));
    return JSON.writeValueAsString(
        Map.of(
            "type", "function_call",
            "id", "fc_1",
            "call_id", "call_1",
            "name", "exec_command",
            "arguments", arguments));
  }

  private static String events(String output) {
    return event("response.created", "\"response\":{\"id\":\"resp_1\",\"output\":[]}")
        + event("response.output_item.done", "\"output_index\":0,\"item\":" + output)
        + event(
            "response.completed",
            "\"response\":{\"id\":\"resp_1\",\"status\":\"completed\",\"output\":["
                + output
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
