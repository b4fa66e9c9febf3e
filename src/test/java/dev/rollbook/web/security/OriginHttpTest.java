package dev.rollbook.web.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.HttpTest;
import dev.rollbook.http.RawRequest;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Requests of foreign origins and for foreign host names are rejected on every path.
class OriginHttpTest extends HttpTest {
  private static final String LISTED = "https://app.example";
  private static final List<String> PATHS =
      List.of(
          "/v1/threads",
          "/actuator/health",
          "/actuator/reconcile",
          "/console/",
          "/swagger-ui/index.html",
          "/v3/api-docs",
          "/",
          "/nothing");

  private String before;

  @BeforeEach
  void countThreads() {
    // Rows of earlier tests do not change any more.
    saveRows();
    before = client.get("/v1/threads?limit=1").text();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "LOCALHOST:8080",
        "localhost.",
        "a.localhost",
        "127.0.0.1",
        "192.168.1.7:8080",
        "[::1]",
        "[::1]:8080",
        "[fd00::1]",
        "rollbook.example",
        "Rollbook.Example:80",
        "rollbook.example."
      })
  void addressesLocalhostAndAllowedHostsAreAccepted(String host) {
    for (var path : List.of("/v1/threads", "/actuator/health", "/swagger-ui/index.html")) {
      assertThat(get(path).header("Host", host).send(port).status()).as(path).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "notlocalhost",
        "rollbook.example.evil.example",
        "x.rollbook.example",
        "127.0.0.1.evil.example",
        "",
        "rollbook",
        "1.2.3.4.5",
        "0x7f.0.0.1"
      })
  void anyOtherHostIsMisdirected(String host) {
    for (var path : PATHS) {
      var answer =
          get(path).header("Host", host).header("X-Forwarded-Host", "localhost").send(port);

      assertRefused(answer, 421, "misdirected_request");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://evil.example",
        "null",
        "",
        "http://localhost:3000",
        "http://localhost",
        "https://127.0.0.1:{port}",
        "http://127.0.0.1:{port}/",
        "http://127.0.0.1:{port}.evil.example",
        "http://[::1]:{port}",
        "http://localhost:{port}",
        "https://app.example:444",
        "http://app.example",
        "https://app.example.evil.example",
        "*"
      })
  void anyOtherOriginIsRejected(String origin) {
    var value = origin.replace("{port}", Integer.toString(port));
    for (var path : PATHS) {
      assertRefused(get(path).header("Origin", value).send(port), 403, "origin_not_allowed");
      assertRefused(post(path).header("Origin", value).send(port), 403, "origin_not_allowed");
      assertRefused(
          RawRequest.of("OPTIONS", path)
              .header("Origin", value)
              .header("Access-Control-Request-Method", "POST")
              .send(port),
          403,
          "origin_not_allowed");
      assertRefused(
          get(path).header("Origin", value).header("Sec-Fetch-Site", "same-origin").send(port),
          403,
          "origin_not_allowed");
    }
    assertThat(client.get("/v1/threads?limit=1").text()).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource({
    "GET,cross-site,cors,empty",
    "GET,same-site,cors,empty",
    "GET,cross-site,no-cors,image",
    "GET,cross-site,no-cors,script",
    "GET,cross-site,navigate,iframe",
    "GET,cross-site,navigate,frame",
    "GET,cross-site,navigate,embed",
    "GET,cross-site,navigate,object",
    "GET,same-site,navigate,iframe",
    "GET,cross-site,navigate,empty",
    "GET,cross-site,nested-navigate,iframe",
    "POST,cross-site,navigate,document",
    "POST,same-site,navigate,document",
    "DELETE,cross-site,cors,empty",
    "GET,anything,cors,empty"
  })
  void crossSiteFetchesAreRejected(String method, String site, String mode, String dest) {
    for (var path : PATHS) {
      assertRefused(fetch(method, path, site, mode, dest).send(port), 403, "origin_not_allowed");
    }
  }

  @Test
  void browserPrefetchesAreRejected() {
    assertRefused(
        fetch("GET", "/v1/threads", "cross-site", "navigate", "document")
            .header("Sec-Purpose", "prefetch;prerender")
            .send(port),
        403,
        "origin_not_allowed");
  }

  @ParameterizedTest
  @CsvSource({"GET,cross-site", "HEAD,cross-site", "GET,same-site", "GET,none"})
  void aCrossSiteNavigationIsAccepted(String method, String site) {
    var answer = fetch(method, "/swagger-ui/index.html", site, "navigate", "document").send(port);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Content-Security-Policy")).isEqualTo("frame-ancestors 'none'");
  }

  @ParameterizedTest
  @CsvSource({
    "http://127.0.0.1:{port},127.0.0.1:{port}",
    "http://localhost:{port},localhost:{port}",
    "http://LocalHost:{port},LOCALHOST:{port}",
    "http://rollbook.example,rollbook.example",
    "http://[::1]:{port},[::1]:{port}"
  })
  void sameOriginPagesAreAllowed(String origin, String host) {
    var own = origin.replace("{port}", Integer.toString(port));
    var answer =
        post("/v1/threads")
            .header("Host", host.replace("{port}", Integer.toString(port)))
            .header("Origin", own)
            .header("Sec-Fetch-Site", "same-origin")
            .send(port);

    assertThat(answer.status()).isEqualTo(201);
    assertThat(answer.header("Access-Control-Allow-Origin")).isEmpty();
  }

  @Test
  void allowedOriginsMaySendRequestsAndReadResponses() {
    var preflight =
        RawRequest.of("OPTIONS", "/v1/threads")
            .header("Origin", LISTED)
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "content-type,if-match")
            .header("Sec-Fetch-Site", "cross-site")
            .send(port);
    assertThat(preflight.status()).isEqualTo(204);
    assertThat(preflight.header("Access-Control-Allow-Origin")).isEqualTo(LISTED);
    assertThat(preflight.header("Access-Control-Allow-Methods"))
        .contains("POST", "PUT", "PATCH", "DELETE");
    assertThat(preflight.header("Access-Control-Allow-Headers"))
        .contains("Content-Type", "If-Match", "Last-Event-ID");
    assertThat(preflight.header("Access-Control-Allow-Credentials")).isEmpty();

    var created =
        post("/v1/threads")
            .header("Origin", LISTED)
            .header("Sec-Fetch-Site", "cross-site")
            .send(port);
    assertThat(created.status()).isEqualTo(201);
    assertThat(created.header("Access-Control-Allow-Origin")).isEqualTo(LISTED);
    assertThat(created.header("Access-Control-Expose-Headers"))
        .contains("ETag", "Location", "Retry-After", "If-Match", "Last-Event-ID");
    assertThat(created.header("Vary")).isEqualTo("Origin");

    var problem = get("/v1/threads/x").header("Origin", LISTED).send(port);
    assertThat(problem.status()).isEqualTo(400);
    assertThat(problem.header("Access-Control-Allow-Origin")).isEqualTo(LISTED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/threads",
        "/v1/imports",
        "/actuator/loggers/dev.rollbook",
        "/actuator/reconcile",
        "/nothing"
      })
  void aBodyWithoutAMediaTypeIsRejected(String path) {
    assertRefused(post(path).without("Content-Type").send(port), 415, "unsupported_media_type");
    assertRefused(post(path).header("Content-Type", "").send(port), 415, "unsupported_media_type");
    assertRefused(
        RawRequest.of("POST", path).chunked("{}").send(port), 415, "unsupported_media_type");
    assertThat(client.get("/v1/threads?limit=1").text()).isEqualTo(before);
  }

  @Test
  void aRequestWithoutABodyNeedsNoMediaType() {
    assertThat(RawRequest.of("POST", "/v1/threads").send(port).status()).isEqualTo(201);
    assertThat(
            RawRequest.of("POST", "/v1/threads").header("Content-Length", "0").send(port).status())
        .isEqualTo(201);
  }

  /// Some of these answers are Tomcat's own.
  @ParameterizedTest
  @CsvSource({
    "GET,/v1/threads",
    "GET,/v1/threads/x",
    "GET,/v1/%zz",
    "GET,/v1/{x",
    "TRACE,/nothing",
    "FOO,/v1/threads",
    "GET,/nothing",
    "GET,/swagger-ui/index.html",
    "GET,/actuator/health",
    "GET,/error"
  })
  void everyResponseHasSecurityHeaders(String method, String path) {
    var answer = RawRequest.of(method, path).send(port);

    assertProtected(answer);
    assertThat(answer.header("Cache-Control").equals("no-store")).isEqualTo(path.startsWith("/v1"));
  }

  @Test
  void levelsOfOtherLoggersCannotBeSetOverHttp() {
    for (var name :
        List.of(
            "ROOT",
            "web",
            "sql",
            "org.apache.coyote",
            "org.springframework.web",
            "dev.rollbookx",
            "dev")) {
      var answer =
          RawRequest.of("POST", "/actuator/loggers/" + name)
              .body("application/json", "{\"configuredLevel\":\"TRACE\"}")
              .send(port);

      assertRefused(answer, 403, "logger_not_allowed");
    }
    assertThat(
            RawRequest.of("POST", "/actuator/loggers/dev.rollbook.http")
                .body("application/json", "{\"configuredLevel\":\"INFO\"}")
                .send(port)
                .status())
        .isEqualTo(204);
  }

  private static RawRequest get(String path) {
    return RawRequest.of("GET", path);
  }

  private static RawRequest post(String path) {
    return RawRequest.of("POST", path).body("application/json", "{}");
  }

  private static RawRequest fetch(
      String method, String path, String site, String mode, String dest) {
    return RawRequest.of(method, path)
        .header("Sec-Fetch-Site", site)
        .header("Sec-Fetch-Mode", mode)
        .header("Sec-Fetch-Dest", dest);
  }

  private static void assertRefused(RawRequest.Answer answer, int status, String code) {
    assertThat(answer.status()).as(answer.toString()).isEqualTo(status);
    assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(answer.body()).contains("\"code\":\"" + code + "\"");
    assertThat(answer.header("Access-Control-Allow-Origin")).isEmpty();
    assertProtected(answer);
  }

  private static void assertProtected(RawRequest.Answer answer) {
    assertThat(answer.header("X-Content-Type-Options")).as(answer.toString()).isEqualTo("nosniff");
    assertThat(answer.header("Cross-Origin-Resource-Policy")).isEqualTo("same-origin");
    assertThat(answer.header("Content-Security-Policy")).contains("frame-ancestors 'none'");
    assertThat(answer.header("Referrer-Policy")).isEqualTo("no-referrer");
  }
}
