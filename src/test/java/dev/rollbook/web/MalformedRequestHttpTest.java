package dev.rollbook.web;

import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.rollbook.http.AbstractTurnHttpTest;
import dev.rollbook.http.RawRequest;
import dev.rollbook.http.RollbookClient;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// No header, parameter or body causes a 5xx or a log line, on any path.
class MalformedRequestHttpTest extends AbstractTurnHttpTest {
  private static final int NOT_IMPLEMENTED = 501;
  private static final String JSON = "application/json";
  private static final List<String> ODD_VALUES =
      List.of(
          "",
          ",",
          ";",
          "*/*",
          "\"x",
          "-1",
          "%",
          "x".repeat(4000),
          "99999999999999999999",
          "\u00ff\u00fe",
          "a\tb",
          "{}",
          "a/b/c;q=x");

  /// What is appended to. The other thread stays small, because its items are read a thousand
  /// times.
  private String items;

  @BeforeEach
  void startAnotherTurn() {
    var another = client.startThread();
    items = turn(another, client.startTurn(another)) + "/items";
  }

  @AfterEach
  void nothingIsLogged() {
    assertThat(loggedOutsideJobs(Level.INFO)).isEmpty();
  }

  static Stream<Arguments> noHeaderCausesAServerError() {
    return Stream.of(
        header(
            "Accept",
            "text/html;q=9",
            "a/b;",
            "application/*;q=0",
            "x/y,".repeat(100) + "x/y",
            "*/json"),
        header("Accept-Encoding", "gzip;q=0, *;q=0", "br,".repeat(200) + "gzip"),
        header(
            "Accept-Language",
            "de,en,fr,es,it,pt,nl,sv,da,fi,nb",
            "de-".repeat(50),
            "*;q=7",
            "\u00e9\u00e9"),
        header("Accept-Charset", "nonsense", "utf-8;q=x"),
        header("Authorization", "Basic !!!", "Bearer " + "x".repeat(3000), "Negotiate"),
        header("Cache-Control", "max-age=x"),
        header("Content-Encoding", "gzip", "zstd", "br, zstd"),
        header("Content-Language", "xx-xx-xx"),
        header(
            "Content-Type",
            "*/*",
            "application/*",
            "application/*+json",
            "application/json;charset=nonsense",
            "application/json;charset=\"",
            "text/plain",
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "application/x-www-form-urlencoded;charset=x",
            "application/x-ndjson;charset=utf-7",
            "application/json;;;"),
        header("Cookie", "a", "=b", "$Version=1; a=b", "a=\u00ff; b=\"", "a=b;".repeat(300)),
        header("Expect", "100-continue", "200-maybe"),
        header("Forwarded", "for=\"[::1\"", "host=evil.example;proto=gopher", "for=;;;"),
        header(
            "Host",
            "localhost:0",
            "localhost:99999",
            "[::1",
            "[zz]",
            "a b",
            "user@localhost",
            "localhost:",
            "::1",
            "127.0.0.1:x",
            "[fe80::1%25eth0]",
            "%6c"),
        header("If-Match", "W/\"x\"", "\"a\",", "*, \"a\""),
        header(
            "If-Modified-Since",
            "Sat, 99 Foo 2020 25:00:00 GMT",
            "Thu, 01 Jan 1970 00:00:00 GMT",
            "Fri, 31 Dec 9999999 23:59:59 GMT"),
        header("If-None-Match", "W/\"x\"", "\"a\",", "\"" + "a\",\"".repeat(300) + "\""),
        header("If-Range", "W/\"x\"", "Sat, 99 Foo 2020 25:00:00 GMT"),
        header("If-Unmodified-Since", "never", "Thu, 01 Jan 1970 00:00:00 GMT"),
        header("Last-Event-ID", "9223372036854775808", "1.5"),
        header("Max-Forwards", "x"),
        header("Origin", "null", "http://", "http://[", "http://localhost:99999999999", "x://y"),
        header(
            "Range",
            "items=0-5",
            "bytes=5-2",
            "bytes=0-1,".repeat(150) + "0-1",
            "bytes=0-99999999999999999999",
            "bytes=",
            "bytes=-0",
            "bytes=-99999999999999999999",
            "bytes=0-0,0-0,0-999",
            "bytes=0-,0-,0-",
            "BYTES=0-0",
            "bytes=0-0,999999999-",
            "bytes = 0 - 1"),
        header("Referer", "http://[", "\u00ff"),
        header("Sec-Fetch-Site", "cross-site", "x"),
        header("Sec-WebSocket-Key", "x"),
        header("TE", "trailers;q=x", "gzip"),
        header("Trailer", "Host"),
        header("Upgrade", "websocket", "h2c", "TLS/1.0, x"),
        header("User-Agent", "\u00ff\u00fe"),
        header("X-Forwarded-For", "a,b,,", "[::1"),
        header("X-Forwarded-Host", "evil.example, b", "a b:x"),
        header("X-Forwarded-Port", "x", "-1"),
        header("X-Forwarded-Prefix", "/../..", "//"),
        header("X-Forwarded-Proto", "gopher", "https, x"),
        header("X-HTTP-Method-Override", "DELETE"),
        header("baggage", "a=b;c=d,=", "=", "a=%zz"),
        header(
            "traceparent",
            "00-" + "0".repeat(32) + "-" + "0".repeat(16) + "-01",
            "ff-x",
            "00-zz-zz-zz"),
        header("tracestate", "a=b,".repeat(100)));
  }

  private static Arguments header(String name, String... values) {
    return Arguments.of(name, List.of(values));
  }

  @ParameterizedTest
  @MethodSource
  void noHeaderCausesAServerError(String name, List<String> values) {
    for (var value : Stream.concat(values.stream(), ODD_VALUES.stream()).toList()) {
      for (var request : requests()) {
        assertNoFault(request.header(name, value));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"0", "-1", "x", "99999999999999999999", "+5", "'1, 2'", "''"})
  void noContentLengthCausesAServerError(String length) {
    for (var path : List.of("/v1/threads", "/actuator/loggers/dev.rollbook", "/nothing")) {
      assertNoFault(
          RawRequest.of("POST", path)
              .header("Content-Type", JSON)
              .header("Content-Length", length));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "?limit=%zz",
        "?limit=%",
        "?%zz=1",
        "?limit=%ff%fe",
        "?=",
        "?&&&",
        "?limit=1&limit=2",
        "?limit[]=1",
        "?limit=1;x",
        "?tag=x",
        "?tag=:",
        "?tag=a:b:c",
        "?limit=%00",
        "?a=b?c=d",
        "?\u00ff=1"
      })
  void noQueryStringCausesAServerError(String query) {
    for (var path :
        List.of(
            "/v1/threads",
            "/v1/search",
            thread(thread) + "/items",
            "/actuator/metrics/rollout.append",
            "/actuator/prometheus",
            "/actuator/health",
            "/actuator/loggers",
            "/swagger-ui.html",
            "/v3/api-docs")) {
      assertNoFault(RawRequest.of("GET", path + query));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/actuator/health/..",
        "/actuator/health/nothing",
        "/actuator/health/db/x/y",
        "/actuator/health/%00",
        "/actuator/metrics/%zz",
        "/actuator/metrics/no.such.meter",
        "/actuator/loggers/",
        "/actuator/loggers/%2e%2e",
        "/actuator/nothing",
        "/actuator/",
        "/swagger-ui/../application.yml",
        "/swagger-ui/%2e%2e/x",
        "/error",
        "//",
        "/v1//threads",
        "/v1/threads/%c0%ae",
        "/v1/threads/%"
      })
  void noPathCausesAServerError(String path) {
    for (var method :
        List.of("GET", "POST", "FOO", "TRACE", "CONNECT", "PROPFIND", "OPTIONS", "get")) {
      assertNoFault(RawRequest.of(method, path));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "[]",
        "null",
        "\"x\"",
        "1",
        "{\"configuredLevel\":null}",
        "{\"configuredLevel\":\"LOUD\"}",
        "{\"configuredLevel\":{}}",
        "{\"configuredLevel\":[1]}",
        "{\"dryRun\":\"maybe\"}",
        "{\"dryRun\":[]}",
        "{\"a\":1}",
        "\u00ff",
        "{\"a\":"
      })
  void noActuatorBodyCausesAServerError(String body) {
    for (var path :
        List.of(
            "loggers/ROOT",
            "loggers/web",
            "loggers/dev.rollbook.http",
            "retention",
            "reconcile",
            "searchindex",
            "health",
            "metrics/x")) {
      for (var type :
          List.of(
              JSON,
              "application/vnd.spring-boot.actuator.v3+json",
              "text/plain",
              "application/xml",
              "multipart/form-data; boundary=x")) {
        assertNoFault(RawRequest.of("POST", "/actuator/" + path).body(type, body));
      }
    }
  }

  @Test
  void anUnknownMethodHasItsErrorCode() {
    var answer =
        RawRequest.of("POST", "/v1/threads")
            .header("Transfer-Encoding", "foo")
            .header("Content-Type", JSON)
            .send(port);

    assertThat(answer.status()).isEqualTo(501);
    assertThat(answer.body()).contains("\"code\":\"not_implemented\"");
  }

  private List<RawRequest> requests() {
    var all = new ArrayList<RawRequest>();
    for (var path :
        List.of(
            "/v1/threads",
            thread(thread) + "/rollout",
            thread(thread) + "/rollout?format=codex",
            thread(thread) + "/items",
            thread(thread) + "/events",
            "/actuator/health/liveness",
            "/actuator/loggers/dev.rollbook",
            "/v3/api-docs",
            "/swagger-ui/index.html",
            "/nothing")) {
      all.add(RawRequest.of("GET", path));
    }
    all.add(RawRequest.of("POST", "/actuator/loggers/dev.rollbook.http").body(JSON, "{}"));
    all.add(RawRequest.of("POST", thread(thread) + "/nothing").body(JSON, "{}"));
    all.add(RawRequest.of("PATCH", thread(thread)).body(JSON, "{\"name\":\"x\"}"));
    all.add(RawRequest.of("POST", items).body(JSON, RollbookClient.body("1")));
    return all;
  }

  private void assertNoFault(RawRequest request) {
    var answer = request.toString().contains("/events ") ? request.head(port) : request.send(port);

    if (answer.status() == NOT_IMPLEMENTED) {
      assertThat(answer.body()).contains("\"code\":\"not_implemented\"");
    } else {
      assertThat(answer.status()).as("%s: %s", request, answer).isBetween(200, 499);
    }
    assertThat(answer.header("X-Content-Type-Options")).as(request.toString()).isEqualTo("nosniff");
  }
}
