package dev.rollbook.packaged.codex;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Client of `codex app-server`: JSON lines on stdin and stdout.
final class CodexAppServer implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final int PATIENCE_SECONDS = 30;

  private final Process process;
  private final BlockingQueue<JsonNode> answers = new LinkedBlockingQueue<>();
  private final BlockingQueue<JsonNode> endedTurns = new LinkedBlockingQueue<>();
  private int calls;

  CodexAppServer(ProcessBuilder command, Path stderr) throws IOException {
    process = command.redirectError(stderr.toFile()).start();
    Thread.ofVirtual().start(this::listen);
    call(
        "initialize",
        Map.of(
            "clientInfo",
            Map.of("name", "test", "title", "test", "version", "1"),
            "capabilities",
            Map.of("experimentalApi", true)));
    send(Map.of("method", "initialized"));
  }

  /// Ids of the threads that a person is shown.
  List<String> listed() {
    return call("thread/list", Map.of("limit", 100))
        .path("data")
        .valueStream()
        .map(thread -> thread.path("id").asString())
        .toList();
  }

  JsonNode thread(String id) {
    return call("thread/read", Map.of("threadId", id, "includeTurns", true)).path("thread");
  }

  void resume(String id) {
    call("thread/resume", Map.of("threadId", id));
  }

  /// What a person is shown of the thread's messages, each with who said it.
  List<String> messages(String id) {
    var shown = new ArrayList<String>();
    for (var turn : thread(id).path("turns")) {
      for (var item : turn.path("items")) {
        switch (item.path("type").asString()) {
          case "userMessage" ->
              shown.add("user: " + item.path("content").path(0).path("text").asString());
          case "agentMessage" -> shown.add("assistant: " + item.path("text").asString());
          default -> {}
        }
      }
    }
    return shown;
  }

  /// Starts a thread.
  String start() {
    return call("thread/start", Map.of()).path("thread").path("id").asString();
  }

  /// A thread that goes on from the end of another one.
  String fork(String id) {
    return call("thread/fork", Map.of("threadId", id)).path("thread").path("id").asString();
  }

  /// Takes the thread back to where a turn began.
  void revert(String id, String turn) {
    call("thread/revert", Map.of("threadId", id, "beforeTurnId", turn));
  }

  /// Says something, and waits for the end of the turn.
  ///
  /// @return the turn's id
  String run(String id, String text) {
    return run(id, Map.of("type", "text", "text", text));
  }

  /// The same with input of any kind.
  String run(String id, Map<String, String> input) {
    var turn = call("turn/start", Map.of("threadId", id, "input", List.of(input))).path("turn");
    awaitTurnEnd();
    return turn.path("id").asString();
  }

  /// Waits for the end of the next turn, such as one that another call starts.
  void awaitTurnEnd() {
    take(endedTurns);
  }

  JsonNode call(String method, Map<String, ?> params) {
    int id = ++calls;
    send(Map.of("id", id, "method", method, "params", params));
    var answer = take(answers);
    while (answer.path("id").asInt(-1) != id) {
      answer = take(answers);
    }
    return result(method, answer);
  }

  private static JsonNode take(BlockingQueue<JsonNode> queue) {
    try {
      var next = queue.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("Codex says nothing");
      }
      return next;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  private static JsonNode result(String method, JsonNode answer) {
    if (answer.has("error")) {
      throw new AssertionError(method + ": " + answer.path("error"));
    }
    return answer.path("result");
  }

  private void send(Map<String, ?> message) {
    try {
      process.getOutputStream().write((JSON.writeValueAsString(message) + "\n").getBytes(UTF_8));
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void listen() {
    try (var lines = process.inputReader(UTF_8)) {
      lines.lines().map(JSON::readTree).forEach(this::receive);
    } catch (IOException | UncheckedIOException closed) {
      answers.clear();
    }
  }

  private void receive(JsonNode message) {
    if (!message.has("method")) {
      answers.add(message);
    } else if (message.path("method").asString().equals("turn/completed")) {
      endedTurns.add(message);
    }
  }

  /// Lets it end in order, so that it takes its locks away.
  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("Codex does not end");
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().onExit().join();
    }
  }
}
