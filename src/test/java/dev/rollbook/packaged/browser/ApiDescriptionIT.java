package dev.rollbook.packaged.browser;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.operating.InstalledPrograms;
import dev.rollbook.packaged.Npm;
import dev.rollbook.packaged.PackagedService;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.FileSystemUtils;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Client generators, the API page and a browser use the OpenAPI description; pages of other
/// origins have no access.
@Order(6)
class ApiDescriptionIT {
  private static final Path SOURCES = Path.of("src/test/typescript");
  private static final Path JAVA_CLIENT = Path.of("src/test/java-client");
  private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");
  private static final int INSTALLING_SECONDS = 300;
  private static final Path SCRIPTS = Path.of("src/test/javascript");
  private static final String REBOUND = "--host-resolver-rules=MAP evil.example 127.0.0.1";
  private static final int PATIENCE_SECONDS = 120;

  @TempDir static Path dataDir;
  @TempDir static Path logs;
  @TempDir static Path home;
  private static PackagedService service;
  private static Chromium page;

  @BeforeAll
  static void start() {
    service = PackagedService.start(dataDir, logs, "");
  }

  @AfterAll
  static void stop() throws InterruptedException {
    try (var running = service;
        var browser = page) {
      assertThat(running.stop()).isEqualTo(143);
      assertThat(running.stderr()).isEmpty();
    }
  }

  @Test
  void aGeneratedClientCompilesAndWorks() throws Exception {
    var directory = installed();
    var tools = directory.resolve("node_modules/.bin");
    var url = "http://127.0.0.1:" + service.port();

    run(directory, tools.resolve("openapi-typescript"), url + "/v3/api-docs", "-o", "api.d.ts");
    run(directory, tools.resolve("tsc"), "-p", ".");
    var text = JsonMapper.shared().readTree(run(directory, Path.of("node"), "out/client.js", url));

    assertThat(text.path("thread").stringValue()).isEqualTo("from TypeScript");
    assertThat(text.path("resume").isNull()).isTrue();
    assertThat(text.path("receipt").stringValue()).isEqualTo("persisted");
    assertThat(text.path("status").stringValue()).isEqualTo("completed");
    assertThat(text.path("items").valueStream().map(JsonNode::stringValue))
        .startsWith("session_meta")
        .contains("response_item", "event_msg");
    assertThat(text.path("late").stringValue()).isEqualTo("turn_ended");
  }

  /// Before a release only: the TypeScript client already uses the whole description.
  @Test
  @EnabledIfSystemProperty(named = "rollbook.release", matches = "true")
  void aGeneratedJavaClientCompilesAndWorks() throws Exception {
    var directory = Files.createDirectories(Npm.directory("java-client"));
    var libraries = javaLibraries(directory);
    var url = "http://127.0.0.1:" + service.port();
    var generated = directory.resolve("generated");
    FileSystemUtils.deleteRecursively(generated);

    java(
        directory,
        "generate",
        "-cp",
        libraries + "/*",
        "org.openapitools.codegen.OpenAPIGenerator",
        "generate",
        "--generator-name=java",
        "--library=native",
        "--input-spec=" + url + "/v3/api-docs",
        "--output=" + generated);
    compile(generated, libraries);
    var text =
        java(
            directory,
            "client",
            "-cp",
            libraries + "/*:" + generated.resolve("out"),
            "Client",
            url);

    assertThat(text).contains("from Java 1 completed");
  }

  @Test
  void thePageShowsEachCallAndLoadsNothingFromOtherHosts() throws Exception {
    var calls =
        service
            .client()
            .get("/v3/api-docs")
            .json()
            .path("paths")
            .valueStream()
            .mapToInt(JsonNode::size)
            .sum();
    var page = page();

    page.goTo("http://127.0.0.1:%d/swagger-ui/index.html".formatted(service.port()));
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> page.run("document.querySelectorAll('.opblock').length").intValue() > 0);

    assertThat(page.run("document.querySelectorAll('.opblock').length").intValue())
        .isEqualTo(calls);
    assertThat(page.run("document.querySelector('.title').innerText").stringValue())
        .startsWith("Rollbook");
    assertThat(page.run("document.querySelectorAll('.errors-wrapper').length").intValue()).isZero();
    var asked =
        page.run(
            "performance.getEntriesByType('resource').map(asked => asked.name).filter(name =>"
                + " !name.startsWith(location.origin) && !name.startsWith('data:')).join()");
    assertThat(asked.stringValue()).isEmpty();
  }

  @Test
  void pagesOfOtherOriginsCanNeitherChangeNorReadAnything() throws Exception {
    var page = page();
    var client = service.client();
    var thread = client.startThread("{\"name\":\"victim\"}");
    var script =
        Files.readString(SCRIPTS.resolve("attack.js"))
            .replace("SERVICE", "http://127.0.0.1:" + service.port())
            .replace("THREAD", thread);

    try (var foreign = CrossOriginPage.start()) {
      for (var host : List.of("evil.example", "localhost", "127.0.0.1")) {
        page.goTo(foreign.url(host));
        var before = client.get(RollbookClient.thread(thread)).text();
        long answered = answered(client);

        assertThat(page.run(script).stringValue()).as(host).isEmpty();

        // The one that counted before.
        assertThat(answered(client)).as(host).isEqualTo(answered + 1);
        assertThat(client.get(RollbookClient.thread(thread)).text()).isEqualTo(before);
      }
      assertThat(client.get("/v1/threads").text()).doesNotContain("planted");
    }
  }

  /// The browser takes the service for the server of the page.
  @Test
  void aReboundDnsNameIsRejectedAndTheServicesOwnPageIsNot() throws Exception {
    var post =
        "fetch('/v1/threads', {method: 'POST', headers: {'Content-Type': 'application/json'},"
            + " body: '{\"name\":\"from a page\"}'}).then(answer => answer.status)";
    var own = "http://127.0.0.1:%d/swagger-ui/index.html".formatted(service.port());
    var page = page();

    page.goTo(own);
    assertThat(page.run(post).intValue()).isEqualTo(201);
    page.goTo(own.replace("127.0.0.1", "localhost"));
    assertThat(page.run(post).intValue()).isEqualTo(201);
    page.goTo(own.replace("127.0.0.1", "evil.example"));
    assertThat(page.run(post).intValue()).isEqualTo(421);
    assertThat(page.run("fetch('/v1/threads').then(answer => answer.status)").intValue())
        .isEqualTo(421);
  }

  /// One browser for all tests that need one; without it they are skipped.
  private static Chromium page() throws Exception {
    if (page == null) {
      var program = InstalledPrograms.orSkip("chromium", "chromium-browser", "google-chrome");
      page = Chromium.open(program, home, "about:blank", REBOUND);
    }
    return page;
  }

  /// Requests that were answered with success so far.
  private static long answered(RollbookClient client) {
    return client
        .get("/actuator/metrics/http.server.requests?tag=outcome:SUCCESS")
        .json()
        .path("measurements")
        .valueStream()
        .filter(measure -> measure.path("statistic").stringValue().equals("COUNT"))
        .mapToLong(measure -> measure.path("value").longValue())
        .sum();
  }

  /// Installed once for each state of what it needs, and kept; skips the test where it is not to be
  /// had.
  private static Path installed() throws Exception {
    var directory = Files.createDirectories(Npm.directory("typescript-client"));
    var log = directory.resolve("install.log");
    var needed = directory.resolve("package.json");
    var compiler = directory.resolve("node_modules/.bin/tsc");
    boolean isThere =
        Files.isExecutable(compiler)
            && Files.exists(needed)
            && Files.mismatch(needed, SOURCES.resolve("package.json")) < 0;
    for (var file : List.of("package.json", "tsconfig.json", "client.ts")) {
      Files.copy(
          SOURCES.resolve(file), directory.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    if (!isThere) {
      Files.deleteIfExists(compiler);
      assumeTrue(
          Npm.installs(directory, log) && Files.isExecutable(compiler),
          "what generates and compiles a client cannot be installed with npm, see " + log);
    }
    return directory;
  }

  /// The generator and what a client of it needs; skips the test where they cannot be had.
  private static Path javaLibraries(Path directory) throws Exception {
    var libraries = directory.resolve("lib");
    var log = directory.resolve("install.log");
    var copy =
        new ProcessBuilder(
            "./mvnw",
            "-B",
            "-q",
            "-f",
            JAVA_CLIENT.resolve("pom.xml").toString(),
            "dependency:copy-dependencies",
            "-DoutputDirectory=" + libraries);
    assumeTrue(
        InstalledPrograms.end(copy, log, INSTALLING_SECONDS) == 0,
        "the generator of Java clients cannot be had from a Maven repository, see " + log);
    return libraries;
  }

  private static void compile(Path generated, Path libraries) throws IOException {
    var text = new StringWriter();
    var compiler = ToolProvider.getSystemJavaCompiler();
    try (var files = compiler.getStandardFileManager(null, null, UTF_8);
        var found = Files.walk(generated.resolve("src/main/java"));
        var jars = Files.list(libraries)) {
      var sources =
          Stream.concat(
                  found.filter(file -> file.toString().endsWith(".java")),
                  Stream.of(JAVA_CLIENT.resolve("Client.java")))
              .toList();
      files.setLocationFromPaths(StandardLocation.CLASS_PATH, jars.toList());
      files.setLocationFromPaths(
          StandardLocation.CLASS_OUTPUT,
          List.of(Files.createDirectories(generated.resolve("out"))));
      boolean compiles =
          compiler
              .getTask(
                  text,
                  files,
                  null,
                  List.of("-proc:none", "-nowarn"),
                  null,
                  files.getJavaFileObjectsFromPaths(sources))
              .call();
      assertThat(compiles).as(text.toString()).isTrue();
    }
  }

  private static String java(Path directory, String name, String... arguments) throws Exception {
    var output = directory.resolve(name + ".log");
    var command = new ProcessBuilder(arguments);
    command.command().addAll(0, List.of(JAVA.toString(), "-XX:TieredStopAtLevel=1"));
    int code = InstalledPrograms.end(command, output, PATIENCE_SECONDS);
    var text = Files.readString(output);
    assertThat(code).as(text).isZero();
    return text;
  }

  private static String run(Path directory, Path program, String... arguments) throws Exception {
    var output = directory.resolve(program.getFileName() + ".log");
    var command = new ProcessBuilder(arguments).directory(directory.toFile());
    command.command().addFirst(program.toString());
    command.environment().putAll(Map.of("NO_PROXY", "127.0.0.1", "no_proxy", "127.0.0.1"));
    int code = InstalledPrograms.end(command, output, PATIENCE_SECONDS);
    var text = Files.readString(output);
    assertThat(code).as(text).isZero();
    return text;
  }
}
