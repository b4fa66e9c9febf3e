package dev.rollbook.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// HTTP client of the API, in literal JSON. In HTTP tests every exchange is validated against the
/// OpenAPI description.
public final class RollbookClient implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final byte[] NO_BODY = {};

  /// A request that is never answered fails its test instead of blocking the build.
  private static final Duration TIMEOUT = Duration.ofMinutes(5);

  private final HttpClient http;
  private final String base;
  private final String[] always;
  private final Duration timeout;

  public RollbookClient(int port) {
    this(port, InetAddress.getLoopbackAddress());
  }

  /// A client at another address of this machine, which has limits of its own.
  public RollbookClient(int port, InetAddress from) {
    this.http =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).localAddress(from).build();
    this.base = "http://127.0.0.1:" + port;
    this.always = new String[0];
    this.timeout = TIMEOUT;
  }

  private RollbookClient(RollbookClient other, Duration timeout, String... always) {
    this.http = other.http;
    this.base = other.base;
    this.always = always;
    this.timeout = timeout;
  }

  /// The same client with a token in each request.
  public RollbookClient withToken(String token) {
    return new RollbookClient(this, timeout, "authorization", "Bearer " + token);
  }

  /// The same client, which does not wait longer for an answer.
  public RollbookClient withTimeout(Duration longest) {
    return new RollbookClient(this, longest, always);
  }

  /// What the service said.
  public record Answer(HttpResponse<byte[]> response) {
    public int status() {
      return response.statusCode();
    }

    public JsonNode json() {
      return JSON.readTree(response.body());
    }

    public String text() {
      return new String(response.body(), StandardCharsets.UTF_8);
    }

    /// A member of the answer as text, by the path of names to it.
    public String at(String... names) {
      var node = json();
      for (var name : names) {
        node = node.path(name);
      }
      return node.isString() ? node.stringValue() : node.toString();
    }

    public String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }

    public String contentType() {
      return header("content-type");
    }
  }

  public Answer get(String path, String... headers) {
    return send("GET", path, NO_BODY, headers);
  }

  public Answer post(String path, String json) {
    return send(
        "POST", path, json.getBytes(StandardCharsets.UTF_8), "content-type", "application/json");
  }

  public Answer post(String path) {
    return send("POST", path, NO_BODY);
  }

  /// Changes a thread by a JSON merge patch.
  public Answer patch(String thread, String json, String... headers) {
    var all = new ArrayList<>(List.of("content-type", "application/merge-patch+json"));
    all.addAll(List.of(headers));
    var body = json.getBytes(StandardCharsets.UTF_8);
    return send("PATCH", thread(thread), body, all.toArray(String[]::new));
  }

  /// Sends the items of a gap.
  public Answer repair(String thread, String gap, String json) {
    return send(
        "PUT",
        thread(thread) + "/gaps/" + gap + "/items",
        json.getBytes(StandardCharsets.UTF_8),
        "content-type",
        "application/json");
  }

  public Answer send(String method, String path, byte[] body, String... headers) {
    var request =
        request(path, headers)
            .method(
                method,
                body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body))
            .build();
    var answer = send(request);
    described(request, body, answer.response());
    return answer;
  }

  public Answer delete(String path) {
    return send("DELETE", path, NO_BODY);
  }

  /// Starts a thread with the given body and returns its id.
  public String startThread(String json) {
    return expect(201, post("/v1/threads", json)).at("id");
  }

  public String startThread() {
    return startThread("{}");
  }

  public String startTurn(String thread) {
    return expect(201, post(thread(thread) + "/turns", "{}")).at("id");
  }

  /// Appends one item with each of the payloads.
  public Answer append(String thread, String turn, String... payloads) {
    return post(turn(thread, turn) + "/items", body(payloads));
  }

  public Answer complete(String thread, String turn) {
    return post(turn(thread, turn) + "/complete");
  }

  public JsonNode thread(UUID id) {
    return get(thread(id.toString())).json();
  }

  /// All items of a thread, one a line.
  public List<String> lines(String thread) {
    return get(thread(thread) + "/items", "accept", "application/x-ndjson").text().lines().toList();
  }

  public static String thread(String id) {
    return "/v1/threads/" + id;
  }

  public static String turn(String thread, String turn) {
    return thread(thread) + "/turns/" + turn;
  }

  public static String body(String... payloads) {
    return "{\"items\":["
        + String.join(
            ",",
            Arrays.stream(payloads)
                .map(payload -> "{\"type\":\"response_item\",\"payload\":" + payload + "}")
                .toList())
        + "]}";
  }

  public static Answer expect(int status, Answer answer) {
    if (answer.status() != status) {
      throw new AssertionError(
          "%d was expected, but it is %d: %s".formatted(status, answer.status(), answer.text()));
    }
    return answer;
  }

  /// Hangs up all connections.
  @Override
  public void close() {
    http.close();
  }

  private HttpRequest.Builder request(String path, String... headers) {
    var request = HttpRequest.newBuilder(URI.create(base + path)).timeout(timeout);
    if (always.length > 0) {
      request.headers(always);
    }
    return headers.length == 0 ? request : request.headers(headers);
  }

  private Answer send(HttpRequest request) {
    try {
      return new Answer(http.send(request, BodyHandlers.ofByteArray()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  private void described(HttpRequest request, byte[] body, HttpResponse<byte[]> response) {
    var type = request.headers().firstValue("content-type").orElse(null);
    var sent = new ApiContractValidator.Request(request.method(), request.uri(), type, body);
    var got =
        new ApiContractValidator.Response(
            response.statusCode(), response.headers(), response.body());
    ApiDescription.ifRead().ifPresent(api -> new ApiContractValidator(api).check(sent, got));
  }
}
