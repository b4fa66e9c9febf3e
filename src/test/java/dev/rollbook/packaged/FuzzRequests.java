package dev.rollbook.packaged;

import dev.rollbook.http.ApiDescription.Operation;
import dev.rollbook.http.RawRequest;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.databind.json.JsonMapper;

/// Random requests: most are nearly valid, so that they get past the first check.
final class FuzzRequests {
  private static final List<String> ACTUATOR =
      List.of(
          "health",
          "health/stateDb",
          "health/nothing",
          "info",
          "prometheus",
          "metrics/http.refused",
          "loggers/dev.rollbook",
          "searchindex",
          "reconcile",
          "retention",
          "sbom",
          "sbom/application",
          "nothing");
  private static final List<String> METHODS =
      List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO");
  private static final List<String> TYPES =
      List.of(
          "application/json",
          "application/merge-patch+json",
          "application/x-ndjson",
          "application/zstd",
          "text/plain",
          "a/b; charset=x",
          "/");
  private static final List<String> TEXTS =
      List.of(
          "",
          "x",
          "sk-secret",
          "\u0000",
          "..",
          "../../etc/passwd",
          "\ud83d\ude00",
          "a\"b\\c",
          "%00",
          "-1",
          "0",
          "1",
          "9223372036854775807",
          "99999999999999999999",
          "true",
          "asc",
          "codex",
          "thread",
          "2026-11-30T10:00:00Z",
          "user_message",
          "x".repeat(3000));
  private static final List<String> MEMBERS =
      List.of(
          "id",
          "items",
          "input",
          "metadata",
          "name",
          "cwd",
          "type",
          "payload",
          "timestamp",
          "resumeId",
          "throughOrdinal",
          "throughTurnId",
          "expectedOrdinal",
          "error",
          "usage",
          "lastAgentMessage",
          "pinned",
          "path",
          "codexHome",
          "threadId",
          "persistence",
          "configuredLevel",
          "dryRun",
          "onResumeFailure",
          "source");
  private static final int MAX_DEPTH = 4;

  private final Random random;
  private final List<Operation> operations;

  /// Ids that the service has returned, so that requests find something.
  private final List<String> threads = new ArrayList<>();

  private final List<String> turns = new ArrayList<>();

  FuzzRequests(Random random, List<Operation> operations) {
    this.random = random;
    this.operations = operations;
  }

  /// @param name what it is counted as
  /// @param endless whether the response may be a stream of events, which has no end
  /// @param learn what later requests need to know of the response
  record Request(String name, boolean endless, RawRequest raw, Consumer<RawRequest.Answer> learn) {}

  Request next() {
    if (random.nextInt(8) == 0) {
      var path = "/actuator/" + pick(ACTUATOR);
      var method = random.nextBoolean() ? "GET" : pick(METHODS);
      var raw = withBody(method, RawRequest.of(method, path));
      return new Request(path, false, raw, answer -> {});
    }
    var operation = pick(operations);
    var method = random.nextInt(20) == 0 ? pick(METHODS) : operation.method();
    var path = operation.path();
    while (path.contains("{")) {
      path = path.replaceFirst("\\{[^}]*}", id(path));
    }
    var request = RawRequest.of(method, path + query(operation));
    return new Request(
        operation.name(),
        operation.path().endsWith("/events"),
        withBody(method, request),
        answer -> learn(operation.name(), answer.body()));
  }

  /// Remembers ids in a response.
  private void learn(String name, String body) {
    var known = name.contains("Turn") ? turns : threads;
    int at = body.indexOf("\"id\":\"");
    if (at >= 0 && body.length() > at + 42 && known.size() < 200) {
      known.add(body.substring(at + 6, at + 42));
    }
  }

  private String id(String path) {
    boolean isThread = path.indexOf("{threadId}") >= 0;
    if (!isThread && path.contains("{ordinal}") && random.nextInt(10) > 0) {
      return Integer.toString(random.nextInt(20) - 1);
    }
    var known = isThread ? threads : turns;
    if (!known.isEmpty() && random.nextInt(10) > 0) {
      return pick(known);
    }
    return random.nextBoolean()
        ? "01a20400-0000-7000-8000-00000000%04x".formatted(random.nextInt(4))
        : encoded(pick(TEXTS).isEmpty() ? "x" : pick(TEXTS));
  }

  private String query(Operation operation) {
    var parameters =
        operation
            .parameters("query")
            .filter(parameter -> random.nextInt(3) == 0)
            .map(parameter -> parameter.path("name").stringValue("x"))
            .collect(Collectors.toCollection(ArrayList::new));
    if (random.nextInt(20) == 0) {
      parameters.add(encoded(pick(TEXTS)));
    }
    return parameters.isEmpty()
        ? ""
        : parameters.stream()
            .map(name -> name + "=" + encoded(pick(TEXTS)))
            .collect(Collectors.joining("&", "?", ""));
  }

  private RawRequest withBody(String method, RawRequest request) {
    if (List.of("GET", "HEAD").contains(method) && random.nextInt(10) > 0) {
      return request;
    }
    var type =
        random.nextInt(6) == 0
            ? pick(TYPES)
            : method.equals("PATCH") ? "application/merge-patch+json" : "application/json";
    var body = random.nextInt(3) == 0 ? items() : object(0);
    if (random.nextInt(10) == 0) {
      body = body.substring(0, random.nextInt(body.length() + 1));
    }
    var bytes = new String(body.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    return request.body(type, bytes);
  }

  private String items() {
    return IntStream.rangeClosed(0, random.nextInt(3))
        .mapToObj(i -> "{\"type\":%s,\"payload\":%s}".formatted(text(), value(0)))
        .collect(Collectors.joining(",", "{\"items\":[", "]}"));
  }

  private String object(int depth) {
    return random
        .ints(random.nextInt(4), 0, MEMBERS.size())
        .mapToObj(member -> "\"%s\":%s".formatted(MEMBERS.get(member), value(depth + 1)))
        .collect(Collectors.joining(",", "{", "}"));
  }

  private String value(int depth) {
    return switch (random.nextInt(depth < MAX_DEPTH ? 9 : 6)) {
      case 0 -> "null";
      case 1 -> String.valueOf(random.nextBoolean());
      case 2 -> String.valueOf(random.nextLong());
      case 3 -> "1e%d".formatted(random.nextInt(1000));
      case 4, 5 -> text();
      case 6 -> "[%s,%s]".formatted(value(depth + 1), value(depth + 1));
      default -> object(depth + 1);
    };
  }

  private String text() {
    return random.nextInt(20) == 0
        ? "\"\\ud800\""
        : JsonMapper.shared().writeValueAsString(pick(TEXTS));
  }

  private <T> T pick(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
