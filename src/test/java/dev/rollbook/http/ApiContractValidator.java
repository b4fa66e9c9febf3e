package dev.rollbook.http;

import dev.rollbook.http.ApiDescription.Operation;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Validates requests and responses of all HTTP tests against the OpenAPI description.
///
/// What is answered has to be described, and what is taken too; what is described need not be
/// taken.
final class ApiContractValidator {
  private static final String JSON_TYPE = "application/json";
  private static final String NDJSON = "application/x-ndjson";
  private static final String PROBLEM = "/components/schemas/Problem";

  /// Of one kind, before only some are checked: tests that do the same again and again have no more
  /// to tell.
  private static final long CHECKED_ALL = 200;

  private static final long THEN_ONE_IN = 20;
  private static final int LINES = 20;
  private static final int LARGE = 1_000_000;

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNumberLength(Integer.MAX_VALUE)
                          .maxStringLength(Integer.MAX_VALUE)
                          .build())
                  .build())
          .build();
  private static final Map<String, AtomicLong> SEEN = new ConcurrentHashMap<>();

  private final ApiDescription api;

  ApiContractValidator(ApiDescription api) {
    this.api = api;
  }

  /// @param type of the body; null where it says nothing
  record Request(String method, URI uri, String type, byte[] body) {}

  record Response(int status, HttpHeaders headers, byte[] body) {
    String type() {
      return withoutParameters(headers.firstValue("content-type").orElse(""));
    }
  }

  /// @throws AssertionError that says what is not as it is described
  void check(Request request, Response response) {
    var path = request.uri().getRawPath();
    if (!path.startsWith("/v1/") || request.method().equals("OPTIONS")) {
      return;
    }
    var what = "%s %s -> %d".formatted(request.method(), request.uri(), response.status());
    var method = request.method().equals("HEAD") ? "GET" : request.method();
    var operation = api.find(method, path);
    if (operation.isEmpty()) {
      require(response.status() >= 400 && response.status() < 500, what, "is not described");
      requireValid(PROBLEM, response.body(), what);
    } else if (isDue(operation.get().name(), response)) {
      checkResponse(operation.get(), request, response, what);
      if (response.status() < 300) {
        checkQuery(operation.get(), request.uri(), what);
        checkBody(operation.get(), request, what);
      }
    }
  }

  /// @param stream the path of a stream of events
  void checkEvent(String stream, String id, String name, String data) {
    var operation = api.find("GET", stream).orElseThrow();
    if (!isDue(operation.name() + name)) {
      return;
    }
    var event = JSON.createObjectNode();
    if (id != null && !id.isEmpty()) {
      event.put("id", id);
    }
    event.put("event", name).set("data", JSON.readTree(data));
    var schema = operation.pointer() + "/responses/200/content/text~1event-stream/schema";
    requireNone(api.violations(schema, event), "event of " + stream, event.toString());
  }

  /// Each problem: they are few, and short.
  private static boolean isDue(String call, Response response) {
    return response.status() >= 400 || isDue(call + response.status() + response.type());
  }

  private static boolean isDue(String kind) {
    long seen = SEEN.computeIfAbsent(kind, first -> new AtomicLong()).incrementAndGet();
    return seen <= CHECKED_ALL || seen % THEN_ONE_IN == 0;
  }

  private void checkResponse(Operation operation, Request request, Response response, String what) {
    var described = operation.description().path("responses").path("" + response.status());
    require(!described.isMissingNode(), what, "is not described: " + text(response.body()));
    described
        .path("headers")
        .propertyNames()
        .forEach(name ->
            require(response.headers().firstValue(name).isPresent(), what, "has no " + name));
    if (request.method().equals("HEAD")) {
      return;
    }
    var content = described.path("content");
    if (content.isMissingNode()) {
      require(response.body().length == 0, what, "has a body");
      return;
    }
    require(content.has(response.type()), what, "has the type " + response.type());
    var pointer =
        "%s/responses/%d/content/%s/schema"
            .formatted(
                operation.pointer(), response.status(), ApiDescription.escaped(response.type()));
    requireAllValid(content.path(response.type()), pointer, response.type(), response.body(), what);
  }

  private void checkQuery(Operation operation, URI uri, String what) {
    if (uri.getRawQuery() == null) {
      return;
    }
    for (var pair : uri.getRawQuery().split("&")) {
      var parts = pair.split("=", 2);
      var described =
          operation
              .parameters("query")
              .filter(parameter -> parameter.path("name").stringValue().equals(parts[0]))
              .findFirst();
      require(described.isPresent(), what, "has the parameter " + parts[0]);
      var pointer = api.schemaOf(operation, described.get());
      var type = described.get().path("schema").path("type").stringValue();
      var value = value(URLDecoder.decode(parts[1], StandardCharsets.UTF_8), type);
      requireNone(api.violations(pointer, value), what, pair);
    }
  }

  private static JsonNode value(String text, String type) {
    return type.equals("string") ? JSON.getNodeFactory().stringNode(text) : JSON.readTree(text);
  }

  private void checkBody(Operation operation, Request request, String what) {
    var described = operation.description().path("requestBody");
    if (described.isMissingNode()) {
      return;
    }
    var type = request.type() == null ? JSON_TYPE : withoutParameters(request.type());
    if (request.body().length == 0) {
      boolean mayBeLeftOut = !described.path("required").booleanValue(false);
      require(mayBeLeftOut || type.equals(NDJSON), what, "was taken without a body");
      return;
    }
    var content = described.path("content");
    require(content.has(type), what, "was taken with the type " + type);
    var pointer =
        "%s/requestBody/content/%s/schema"
            .formatted(operation.pointer(), ApiDescription.escaped(type));
    // Of a wrapped upload each line may be anything.
    if (!String.valueOf(request.uri().getQuery()).contains("wrap=")) {
      requireAllValid(content.path(type), pointer, type, request.body(), what);
    }
  }

  private void requireAllValid(
      JsonNode content, String pointer, String type, byte[] body, String what) {
    boolean isFile = content.path("schema").path("format").stringValue("").equals("binary");
    if (isFile || body.length > LARGE) {
      return;
    }
    if (type.equals(NDJSON)) {
      text(body)
          .lines()
          .filter(line -> !line.isBlank())
          .limit(LINES)
          .forEach(line -> requireValid(pointer, line.getBytes(StandardCharsets.UTF_8), what));
    } else {
      requireValid(pointer, body, what);
    }
  }

  private void requireValid(String pointer, byte[] body, String what) {
    requireNone(api.violations(pointer, JSON.readTree(body)), what, text(body));
  }

  private static void requireNone(List<String> violations, String what, String value) {
    if (!violations.isEmpty()) {
      throw new AssertionError(
          "%s is not as it is described: %s in %s".formatted(what, violations, value));
    }
  }

  private static void require(boolean holds, String what, String wrong) {
    if (!holds) {
      throw new AssertionError(what + " " + wrong);
    }
  }

  private static String withoutParameters(String type) {
    return type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
  }

  private static String text(byte[] body) {
    return new String(body, StandardCharsets.UTF_8);
  }
}
