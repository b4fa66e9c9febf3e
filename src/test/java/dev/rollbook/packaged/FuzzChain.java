package dev.rollbook.packaged;

import com.github.luben.zstd.Zstd;
import dev.rollbook.http.AbstractImportHttpTest;
import dev.rollbook.http.RawRequest;
import dev.rollbook.http.RollbookClient;
import dev.rollbook.packaged.FuzzRequests.Request;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Requests of a client that knows the API: each one follows from the responses to earlier ones, so
/// that it is valid and reaches what random requests do not. A quarter of them is damaged in one
/// place.
final class FuzzChain {
  private static final String JSON = "application/json";
  private static final String NDJSON = "application/x-ndjson";
  private static final int MAX_THREADS = 40;
  private static final Pattern ID = Pattern.compile("\"id\":\"([0-9a-f-]{36})\"");
  private static final Pattern GAP = Pattern.compile("\"gapId\":\"([0-9a-f-]{36})\"");
  private static final Pattern TICKET = Pattern.compile("\"ticket\":\"([^\"]+)\"");
  private static final Pattern CURSOR = Pattern.compile("\"nextCursor\":\"?([^\",}]+)");

  /// Texts of messages: of several scripts, with a secret that is redacted, and long.
  private static final List<String> WORDS =
      List.of(
          "hello",
          "sk-secret and more",
          "line\nbreak \"quoted\" \\ back",
          "\u65e5\u672c\u8a9e \ud83d\ude00 \u0627\u0644",
          "e\u0301",
          "",
          "word ".repeat(5000));

  private final Random random;
  private final Path codexHome;
  private final Path importRoot;
  private final List<KnownThread> threads = new ArrayList<>();
  private final List<String> imports = new ArrayList<>();
  private @Nullable String cursor;

  /// @param codexHome that the service may export to
  /// @param importRoot that the service may import from
  FuzzChain(Random random, Path codexHome, Path importRoot) {
    this.random = random;
    this.codexHome = codexHome;
    this.importRoot = importRoot;
  }

  /// A thread that the service has returned, and what is known of it.
  private static final class KnownThread {
    private final String id;
    private final List<String> turns = new ArrayList<>();
    private final List<String> gaps = new ArrayList<>();
    private @Nullable String turn;
    private @Nullable String ticket;
    private boolean archived;

    /// Whether an append gets 503 if nothing can be written, which would count as a fault here.
    private final boolean required;

    private KnownThread(String id, boolean required) {
      this.id = id;
      this.required = required;
    }
  }

  /// @param type of the body; empty if there is none
  private record Call(
      String name, String method, String target, String type, String body, Consumer<String> learn) {
    Call(String name, String method, String target, Consumer<String> learn) {
      this(name, method, target, "", "", learn);
    }

    static Call get(String name, String target) {
      return new Call(name, "GET", target, body -> {});
    }
  }

  Request next() {
    if (threads.isEmpty() || (threads.size() < MAX_THREADS && random.nextInt(12) == 0)) {
      return request(startThread(), null);
    }
    if (random.nextInt(4) == 0) {
      return request(withoutThread(), null);
    }
    var thread = pick(threads);
    return request(thread.archived ? ofArchived(thread) : ofThread(thread), thread);
  }

  private Request request(Call call, @Nullable KnownThread thread) {
    boolean damaged = random.nextInt(4) == 0;
    var sent = damaged ? damaged(call) : call;
    var raw = RawRequest.of(sent.method, sent.target);
    if (!sent.type.isEmpty()) {
      raw.body(sent.type, sent.body);
    }
    return new Request(
        call.name,
        call.target.contains("/events"),
        raw,
        answer -> {
          if (answer.status() < 300) {
            call.learn.accept(answer.body());
          } else if (!damaged && answer.status() != 401 && answer.status() != 403) {
            // Something else has changed the thread.
            threads.remove(thread);
          }
        });
  }

  private Call damaged(Call call) {
    if (!call.body.isEmpty() && random.nextBoolean()) {
      int at = random.nextInt(call.body.length());
      var text = pick(List.of("", "\"", "{", "null", ",", "\u0000", "9".repeat(30), "\u00ff"));
      var body = call.body.substring(0, at) + text + call.body.substring(at + random.nextInt(2));
      return new Call(call.name, call.method, call.target, call.type, body, call.learn);
    }
    int at = 1 + random.nextInt(call.target.length());
    var text = pick(List.of("x", "%00", "?limit=-1", "&q=%ff", "/", "%2e", "?after=9e9"));
    var target = call.target.substring(0, at) + text + call.target.substring(at);
    return new Call(call.name, call.method, target, call.type, call.body, call.learn);
  }

  private Call startThread() {
    var members = new ArrayList<String>();
    for (var name : List.of("name", "cwd", "model", "modelProvider", "source", "cliVersion")) {
      if (random.nextInt(3) == 0) {
        members.add("\"%s\":%s".formatted(name, json(pick(List.of("a", "/b/c", "\u00e9 x")))));
      }
    }
    if (random.nextInt(4) == 0) {
      members.add("\"id\":\"%s\"".formatted(UUID.nameUUIDFromBytes(randomBytes())));
    }
    if (random.nextInt(4) == 0) {
      members.add("\"metadata\":{\"k\":%s}".formatted(json(pick(WORDS))));
    }
    if (random.nextInt(4) == 0) {
      members.add("\"persistence\":\"required\"");
    }
    if (random.nextInt(6) == 0 && !threads.isEmpty()) {
      members.add("\"resumeId\":\"%s\"".formatted(pick(threads).id));
    }
    return json(
        "startThread",
        "POST",
        "/v1/threads",
        "{%s}".formatted(String.join(",", members)),
        this::add);
  }

  private void add(String body) {
    find(ID, body)
        .ifPresent(id -> {
          if (threads.stream().noneMatch(known -> known.id.equals(id))) {
            threads.add(new KnownThread(id, body.contains("\"persistence\":\"required\"")));
          }
        });
  }

  private Call withoutThread() {
    var upload = upload();
    return switch (random.nextInt(12)) {
      case 0 -> Call.get("listFacets", "/v1/facets?kind=all&limit=" + (1 + random.nextInt(100)));
      case 1 -> Call.get("search", "/v1/search?limit=5&sort=newest&q=" + encoded(query()));
      case 2 -> Call.get("search", "/v1/search?kind=all&type=message&q=" + encoded(query()));
      case 3 -> Call.get("followAll", "/v1/events");
      case 4 -> Call.get("listImports", "/v1/imports?limit=3");
      case 5 ->
          new Call("startImport", "POST", "/v1/imports", NDJSON, bytes(upload), this::addImport);
      case 6 ->
          new Call(
              "startImport",
              "POST",
              "/v1/imports",
              "application/zstd",
              new String(
                  Zstd.compress(upload.getBytes(StandardCharsets.UTF_8)),
                  StandardCharsets.ISO_8859_1),
              this::addImport);
      case 7 ->
          json(
              "startImport",
              "POST",
              "/v1/imports",
              "{\"path\":%s}".formatted(json(importRoot.toString())),
              this::addImport);
      case 8 ->
          imports.isEmpty()
              ? Call.get("listImports", "/v1/imports")
              : Call.get("getImport", "/v1/imports/" + pick(imports));
      case 9 ->
          imports.isEmpty()
              ? Call.get("listImports", "/v1/imports")
              : new Call(
                  "cancelImport", "POST", "/v1/imports/" + pick(imports) + "/cancel", body -> {});
      default -> listThreads();
    };
  }

  private Call listThreads() {
    var filter =
        pick(
            List.of(
                "",
                "&status=active",
                "&status=notLoaded",
                "&archived=true",
                "&completeness=gapped",
                "&pinned=true",
                "&kind=all",
                "&sort=createdAt&direction=asc",
                "&q=" + encoded("\u00e9"),
                "&cwd=%2Fb%2Fc"));
    var from = filter.isEmpty() && cursor != null ? "&cursor=" + encoded(cursor) : "";
    cursor = null;
    return new Call(
        "listThreads",
        "GET",
        "/v1/threads?limit=%d%s%s".formatted(1 + random.nextInt(20), filter, from),
        body ->
            cursor =
                filter.isEmpty()
                    ? find(CURSOR, body).filter(next -> !next.equals("null")).orElse(null)
                    : null);
  }

  private Call ofArchived(KnownThread thread) {
    var path = RollbookClient.thread(thread.id);
    return switch (random.nextInt(4)) {
      case 0 ->
          new Call("unarchiveThread", "POST", path + "/unarchive", b -> thread.archived = false);
      case 1 -> new Call("deleteThread", "DELETE", path, body -> threads.remove(thread));
      case 2 -> Call.get("listItems", path + "/items");
      default -> Call.get("getThread", path);
    };
  }

  private Call ofThread(KnownThread thread) {
    var path = RollbookClient.thread(thread.id);
    var turn = thread.turn;
    return switch (random.nextInt(turn == null ? 22 : 30)) {
      case 0 -> Call.get("getThread", path);
      case 1 -> Call.get("listItems", path + "/items?order=desc&limit=3");
      case 2 -> Call.get("listItems", path + "/items?after=-1&limit=1000");
      case 3 -> Call.get("listTurns", path + "/turns?limit=2");
      case 4 -> Call.get("getRollout", path + "/rollout");
      case 5 -> Call.get("getRollout", path + "/rollout?format=codex");
      case 6 -> Call.get("listGaps", path + "/gaps");
      case 7 ->
          Call.get(
              "followThread",
              path
                  + "/events?after=-1"
                  + (thread.ticket == null ? "" : "&ticket=" + thread.ticket));
      case 8 ->
          json(
              "createStreamTicket",
              "POST",
              "/v1/stream-tickets",
              "{\"threadId\":\"%s\"}".formatted(thread.id),
              body -> thread.ticket = find(TICKET, body).orElse(null));
      case 9 ->
          new Call(
              "changeThread",
              "PATCH",
              path,
              "application/merge-patch+json",
              bytes(
                  "{\"name\":%s,\"pinned\":%b,\"metadata\":{\"m\":null,\"n\":%s}}"
                      .formatted(
                          json(pick(List.of("n", "sk-name", "\u00e9"))),
                          random.nextBoolean(),
                          value(2))),
              body -> {});
      case 10 -> json("resumeThread", "POST", path + "/resume", "{}", body -> {});
      case 11 -> json("forkThread", "POST", path + "/fork", fork(), this::add);
      case 12, 13 -> thread.required ? Call.get("getThread", path) : removeRecorder(path);
      case 14 ->
          turn == null
              ? new Call("archiveThread", "POST", path + "/archive", body -> thread.archived = true)
              : Call.get("getThread", path);
      case 15 ->
          random.nextInt(4) == 0
              ? new Call("deleteThread", "DELETE", path, body -> threads.remove(thread))
              : Call.get("getThread", path);
      case 16 ->
          json(
              "exportThread",
              "POST",
              path + "/export",
              "{\"codexHome\":%s}".formatted(json(codexHome.toString())),
              body -> {});
      case 17 -> repair(thread, path);
      case 18 -> json("append", "POST", path + "/items", items(), body -> {});
      case 19 -> new Call("append", "POST", path + "/items", NDJSON, bytes(lines()), body -> {});
      default -> turn == null ? startTurn(thread, path) : ofTurn(thread, path + "/turns/" + turn);
    };
  }

  /// A turn in progress goes on, and its appends are skipped until the thread is resumed.
  private Call removeRecorder(String path) {
    return random.nextBoolean()
        ? new Call("shutDownThread", "POST", path + "/shutdown", body -> {})
        : new Call("discardThread", "POST", path + "/discard", body -> {});
  }

  private Call startTurn(KnownThread thread, String path) {
    var input =
        switch (random.nextInt(3)) {
          case 0 -> "{}";
          case 1 -> "{\"input\":%s,\"metadata\":{\"v\":%s}}".formatted(json(word()), value(2));
          default -> "{\"input\":[%s]}".formatted(item());
        };
    return json(
        "startTurn",
        "POST",
        path + "/turns",
        input,
        body -> {
          thread.turn = find(ID, body).orElse(null);
          if (thread.turn != null) {
            thread.turns.add(thread.turn);
          }
        });
  }

  private Call ofTurn(KnownThread thread, String path) {
    Consumer<String> skipped = body -> find(GAP, body).ifPresent(thread.gaps::add);
    return switch (random.nextInt(8)) {
      case 0, 1 -> json("appendToTurn", "POST", path + "/items", items(), skipped);
      case 2 -> new Call("appendToTurn", "POST", path + "/items", NDJSON, bytes(lines()), skipped);
      case 3 ->
          new Call(
              "appendToTurn",
              "POST",
              path + "/items?wrap=" + pick(List.of("claude_code", "codex_exec", "other")),
              NDJSON,
              bytes(lines() + "not JSON\n"),
              skipped);
      case 4 -> Call.get("getTurn", path);
      case 5 ->
          json(
              "completeTurn",
              "POST",
              path + "/complete",
              "{\"usage\":{\"total_tokens\":%d},\"lastAgentMessage\":%s}"
                  .formatted(random.nextInt(1000), json(word())),
              body -> thread.turn = null);
      case 6 ->
          json(
              "failTurn",
              "POST",
              path + "/fail",
              "{\"error\":%s}".formatted(value(0)),
              body -> thread.turn = null);
      default ->
          json("interruptTurn", "POST", path + "/interrupt", "{}", body -> thread.turn = null);
    };
  }

  private Call repair(KnownThread thread, String path) {
    if (thread.gaps.isEmpty()) {
      return Call.get("listGaps", path + "/gaps?limit=1");
    }
    var gap = thread.gaps.removeLast();
    return json("repairGap", "PUT", path + "/gaps/" + gap + "/items", items(1), body -> {});
  }

  private String fork() {
    return pick(List.of("{}", "{\"name\":\"fork\"}", "{\"throughOrdinal\":0}"));
  }

  private String items() {
    return items(1 + random.nextInt(4));
  }

  private String items(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> item())
        .collect(Collectors.joining(",", "{\"items\":[", "]}"));
  }

  private String lines() {
    return IntStream.range(0, 1 + random.nextInt(20))
        .mapToObj(i -> item() + "\n")
        .collect(Collectors.joining());
  }

  private String item() {
    var text = json(word());
    return switch (random.nextInt(5)) {
      case 0 ->
          "{\"type\":\"event_msg\",\"payload\":{\"type\":\"user_message\",\"message\":%s}}"
              .formatted(text);
      case 1 ->
          """
          {"type":"response_item","payload":{"type":"message","role":"assistant",\
          "content":[{"type":"output_text","text":%s}]}}\
          """
              .formatted(text);
      case 2 ->
          """
          {"type":"event_msg","payload":{"type":"token_count","info":{\
          "total_token_usage":{"total_tokens":%d}}}}\
          """
              .formatted(random.nextInt(100_000));
      case 3 ->
          "{\"id\":\"%s\",\"type\":\"note\",\"payload\":%s,\"metadata\":{\"a\":%s}}"
              .formatted(UUID.nameUUIDFromBytes(randomBytes()), value(0), value(2));
      default -> "{\"type\":\"note\",\"payload\":%s}".formatted(value(0));
    };
  }

  /// A rollout as Codex writes it.
  private String upload() {
    var id = UUID.nameUUIDFromBytes(randomBytes()).toString();
    return AbstractImportHttpTest.meta(id)
        + "\n"
        + IntStream.range(0, random.nextInt(5))
            .mapToObj(i -> AbstractImportHttpTest.user("message " + i) + "\n")
            .collect(Collectors.joining());
  }

  private void addImport(String body) {
    find(ID, body).ifPresent(imports::add);
  }

  private String value(int depth) {
    return switch (random.nextInt(depth < 4 ? 7 : 5)) {
      case 0 -> "null";
      case 1 -> "%d.%d".formatted(random.nextInt(), random.nextInt(1000));
      case 2 -> "1e%d".formatted(random.nextInt(300));
      case 3 -> String.valueOf(random.nextBoolean());
      case 4 -> json(word());
      case 5 -> "[%s,%s]".formatted(value(depth + 1), value(depth + 1));
      default -> "{\"a\":%s,\"type\":%s}".formatted(value(depth + 1), json(word()));
    };
  }

  private String word() {
    return pick(WORDS);
  }

  private String query() {
    return pick(
        List.of("hello", "\"quoted back\"", "wor*", "-secret hello", "\u65e5\u672c", "e\u0301"));
  }

  private byte[] randomBytes() {
    var bytes = new byte[16];
    random.nextBytes(bytes);
    return bytes;
  }

  private <T> T pick(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  private static Call json(
      String name, String method, String target, String body, Consumer<String> learn) {
    return new Call(name, method, target, JSON, bytes(body), learn);
  }

  private static String json(String text) {
    return JsonMapper.shared().writeValueAsString(text);
  }

  /// The bytes of a text, as characters.
  private static String bytes(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static Optional<String> find(Pattern pattern, String body) {
    var found = pattern.matcher(body);
    return found.find() ? Optional.of(found.group(1)) : Optional.empty();
  }
}
