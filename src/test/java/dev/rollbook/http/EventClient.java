package dev.rollbook.http;

import static org.awaitility.Awaitility.await;

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
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Server-sent events client that records what it receives. In HTTP tests every event is validated
/// against the OpenAPI description.
public final class EventClient implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /// What stood between two empty lines.
  ///
  /// @param id the last event id after it, or null
  /// @param name of the event, empty where it has none
  public record Received(String id, String name, String data) {
    public JsonNode json() {
      return JSON.readTree(data);
    }

    public String at(String member) {
      var node = json().path(member);
      return node.isString() ? node.stringValue() : node.toString();
    }

    public boolean isItem() {
      return name.equals("item/appended");
    }

    public long ordinal() {
      return json().path("ordinal").longValue();
    }
  }

  private final HttpResponse<InputStream> response;
  private final Consumer<Received> check;
  private final List<Received> received = Collections.synchronizedList(new ArrayList<>());
  private final List<String> comments = new CopyOnWriteArrayList<>();
  private volatile String lastEventId;
  private volatile boolean ended;
  private volatile boolean broken;
  private volatile AssertionError violation;

  /// Returns once the stream is open.
  public static EventClient open(int port, String path, String... headers) {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("accept", "text/event-stream");
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      var stream = request.build().uri().getPath();
      return new EventClient(
          HTTP.send(request.build(), BodyHandlers.ofInputStream()), event -> check(stream, event));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  private EventClient(HttpResponse<InputStream> response, Consumer<Received> check) {
    this.response = response;
    this.check = check;
    if (response.statusCode() != 200) {
      throw new AssertionError("not a stream: " + response.statusCode());
    }
    Thread.ofVirtual().start(this::read);
  }

  private static void check(String stream, Received event) {
    ApiDescription.ifRead()
        .map(ApiContractValidator::new)
        .ifPresent(check -> check.checkEvent(stream, event.id(), event.name(), event.data()));
  }

  /// What was received, but for the blocks that only set the id.
  public List<Received> received() {
    if (violation != null) {
      throw violation;
    }
    return List.copyOf(received);
  }

  /// Waits for so many events, or for the end of the stream.
  public List<Received> awaitEvents(int count) {
    await().until(() -> received.size() >= count || ended);
    return received();
  }

  public List<String> names() {
    return received().stream().map(Received::name).toList();
  }

  public List<Received> items() {
    return received().stream().filter(Received::isItem).toList();
  }

  /// The items as the rollout has them.
  public List<String> itemTexts() {
    return items().stream()
        .map(item -> item.data().substring(item.data().indexOf("\"item\":") + 7))
        .map(item -> item.substring(0, item.length() - 1))
        .toList();
  }

  public List<Received> about(String thread) {
    return received().stream().filter(event -> event.at("threadId").equals(thread)).toList();
  }

  public String header(String name) {
    return response.headers().firstValue(name).orElse("");
  }

  public List<String> comments() {
    return comments;
  }

  /// As a browser remembers it; null before the first.
  public String lastEventId() {
    return lastEventId;
  }

  /// Whether the service ended the stream in order.
  public boolean isEnded() {
    return ended && !broken;
  }

  private void read() {
    var id = "";
    var name = "";
    var data = new StringBuilder();
    try (var lines = lines()) {
      for (var line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.isEmpty()) {
          if (!data.isEmpty()) {
            var event = new Received(id, name, data.toString());
            received.add(event);
            check.accept(event);
          }
          // After the event, as tests wait for its id.
          lastEventId = id.isEmpty() ? lastEventId : id;
          id = "";
          name = "";
          data.setLength(0);
        } else if (line.startsWith(":")) {
          comments.add(line);
        } else if (line.startsWith("id: ")) {
          id = line.substring(4);
        } else if (line.startsWith("event: ")) {
          name = line.substring(7);
        } else if (line.startsWith("data: ")) {
          data.append(line.substring(6));
        }
      }
    } catch (IOException cutOff) {
      broken = true;
    } catch (AssertionError wrong) {
      violation = wrong;
    } finally {
      ended = true;
    }
  }

  private BufferedReader lines() {
    return new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
  }

  /// Hangs up.
  @Override
  public void close() {
    try {
      response.body().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
