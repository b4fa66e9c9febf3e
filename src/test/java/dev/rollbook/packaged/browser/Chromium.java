package dev.rollbook.packaged.browser;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A page in headless Chromium that a test runs scripts in.
public final class Chromium implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Pattern LISTENING =
      Pattern.compile("DevTools listening on ws://(127\\.0\\.0\\.1:\\d+)/");

  private final HttpClient http = HttpClient.newHttpClient();
  private final Process process;
  private final Path stderr;
  private final LinkedBlockingQueue<JsonNode> answers = new LinkedBlockingQueue<>();
  private final List<String> tabs = new ArrayList<>();
  private WebSocket page;
  private int calls;

  /// @param home an empty directory, for everything that the browser keeps
  public static Chromium open(Path program, Path home, String url, String... flags)
      throws Exception {
    var browser = new Chromium(program, home, flags);
    try {
      browser.goTo(url);
      return browser;
    } catch (Exception | Error failed) {
      browser.close();
      throw failed;
    }
  }

  private Chromium(Path program, Path home, String... flags) throws IOException {
    stderr = home.resolve("stderr");
    var builder =
        new ProcessBuilder(
                program.toString(),
                "--headless",
                "--no-sandbox",
                "--no-first-run",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-breakpad",
                "--disable-background-networking",
                "--remote-debugging-port=0",
                "--disable-component-update",
                "--disable-sync",
                "--user-data-dir=" + home.resolve("profile"))
            .redirectOutput(home.resolve("stdout").toFile())
            .redirectError(stderr.toFile());
    builder.command().addAll(List.of(flags));
    builder.environment().putAll(Map.of("HOME", home.toString(), "TMPDIR", home.toString()));
    builder.environment().keySet().removeIf(name -> name.startsWith("XDG_"));
    process = builder.start();
  }

  /// Shows another page from now on, in a tab of its own.
  public void goTo(String url) throws Exception {
    var opened =
        HttpRequest.newBuilder(URI.create("http://%s/json/new?%s".formatted(address(), url)))
            .PUT(BodyPublishers.noBody())
            .build();
    var target = JSON.readTree(http.send(opened, BodyHandlers.ofString()).body());
    if (page != null) {
      page.abort();
    }
    tabs.add(target.path("id").stringValue());
    page =
        http.newWebSocketBuilder()
            .buildAsync(
                URI.create(target.path("webSocketDebuggerUrl").stringValue()), new Answers())
            .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    await()
        .atMost(PATIENCE)
        .until(() ->
            run("document.readyState + location.href").stringValue().equals("complete" + url));
  }

  /// Closes all tabs but the last one. Pages that nobody looks at still work: they follow events,
  /// and animate.
  void closeOtherTabs() throws Exception {
    var shown = tabs.removeLast();
    for (var tab : tabs) {
      var close = URI.create("http://%s/json/close/%s".formatted(address(), tab));
      http.send(HttpRequest.newBuilder(close).build(), BodyHandlers.discarding());
    }
    tabs.clear();
    tabs.add(shown);
  }

  /// What an expression comes to in the page; if that is a promise, once it is kept.
  public JsonNode run(String script) throws Exception {
    return call(
            "Runtime.evaluate",
            Map.of("expression", script, "returnByValue", true, "awaitPromise", true))
        .path("result")
        .path("value");
  }

  /// Sets the size of the page, which can be larger than any screen.
  public void resize(int width, int height) throws Exception {
    call(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
  }

  /// Shows another page in the same tab, and runs a script before any of its own.
  public void navigate(String url, String script) throws Exception {
    call("Page.enable", Map.of());
    call("Page.addScriptToEvaluateOnNewDocument", Map.of("source", script));
    call("Page.navigate", Map.of("url", url));
  }

  /// From now on, the browser counts the processor time of the page. Unlike the time of a frame, it
  /// does not grow with the load of the machine.
  public void countProcessorTime() throws Exception {
    call("Performance.enable", Map.of("timeDomain", "threadTicks"));
  }

  public Duration processorTime() throws Exception {
    var seconds =
        call("Performance.getMetrics", Map.of())
            .path("metrics")
            .valueStream()
            .filter(metric -> metric.path("name").stringValue().equals("TaskDuration"))
            .mapToDouble(metric -> metric.path("value").doubleValue())
            .sum();
    return Duration.ofMillis(Math.round(seconds * 1000));
  }

  /// @param scheme `light` or `dark`
  void prefer(String scheme) throws Exception {
    call(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
  }

  /// Presses a key, as a person does.
  void press(String key) throws Exception {
    for (var type : List.of("keyDown", "keyUp")) {
      call("Input.dispatchKeyEvent", Map.of("type", type, "key", key, "text", key));
    }
  }

  private JsonNode call(String method, Map<String, Object> parameters) throws Exception {
    var call = Map.of("id", ++calls, "method", method, "params", parameters);
    page.sendText(JSON.writeValueAsString(call), true).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    var answer = answers.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    if (answer == null
        || answer.path("id").intValue() != calls
        || answer.has("error")
        || answer.path("result").has("exceptionDetails")) {
      throw new AssertionError("%s of %s came to %s".formatted(method, parameters, answer));
    }
    return answer.path("result");
  }

  private String address() {
    return await()
        .atMost(PATIENCE)
        .until(
            () -> {
              var text = Files.readString(stderr);
              if (!process.isAlive()) {
                throw new AssertionError("did not start: " + text);
              }
              var found = LISTENING.matcher(text);
              return found.find() ? found.group(1) : "";
            },
            found -> !found.isEmpty());
  }

  /// Returns when nothing of the browser runs any more, so that its files can be deleted.
  @Override
  public void close() {
    if (page != null) {
      page.abort();
    }
    http.close();
    List<ProcessHandle> all = process.descendants().toList();
    process.destroy();
    try {
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    all.forEach(ProcessHandle::destroyForcibly);
    await().until(() -> !process.isAlive() && all.stream().noneMatch(ProcessHandle::isAlive));
  }

  /// Messages come in parts; those without an id are events, which nobody needs here.
  private final class Answers implements WebSocket.Listener {
    private final StringBuilder message = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
      message.append(part);
      if (last) {
        var read = JSON.readTree(message.toString());
        if (read.has("id")) {
          answers.add(read);
        }
        message.setLength(0);
      }
      return WebSocket.Listener.super.onText(socket, part, last);
    }
  }
}
