package dev.rollbook.http;

import static dev.rollbook.http.RollbookClient.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.rollbook.reconcile.Reconciler;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.DiskFiles;
import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.statedb.RealPostgres;
import dev.rollbook.storage.TestDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.util.ReflectionTestUtils;
import tools.jackson.databind.JsonNode;

/// Base class of all HTTP tests: one running service per JVM, on a disk that can be made to fail.
///
/// All subclasses share one Spring context. One that changes its configuration gets a context of
/// its own, which costs up to 20 s; there are three at most.
///
/// Each test fails if anything is logged at ERROR while it runs.
@SpringBootTest(
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "rollbook.persistence.health.window=1s",
      "rollbook.persistence.log.quiet-period=1s",
      "rollbook.events.heartbeat=1s",
      "server.compression.enabled=true",
      "rollbook.http.allowed-hosts=rollbook.example",
      "rollbook.http.allowed-origins=https://app.example",
      "rollbook.usage.prices-file=src/test/resources/prices.yaml",
      "rollbook.retention.archived-after=3650d",
      "rollbook.retention.deleted-after=3650d",
      "rollbook.retention.compressed-after=3650d"
    })
@Import(FaultyDiskConfiguration.class)
public abstract class HttpTest {
  private static final String CHECKS_ANSWERS = "com.networknt";
  private static final String RECONCILE = "/actuator/reconcile";

  /// Prefixes of the threads of jobs that also work on what earlier tests have left.
  private static final List<String> JOBS =
      List.of("schedule", "reconcile", "imports", "retention", "codex-watch", "search-index");

  /// Whether the rollouts of the service are in PostgreSQL: the build runs some tests once more so.
  protected static final boolean IN_DATABASE =
      System.getProperty("rollbook.test.storage", "files").equals("database");

  private static final Path DATA_DIR = temporary();
  private static final Path FOREIGN_DIR = temporary();
  private static final Path WATCHED_DIR = temporary();
  private static final Path CODEX_HOME = temporary();
  private static final Path LINKED_CODEX_HOME = temporary().resolve("link");

  @LocalServerPort protected int port;
  @Autowired protected FaultyDisk disk;
  @Autowired protected ApplicationContext context;
  protected RollbookClient client;

  /// The files of the service, below the faults.
  protected DiskFiles files;

  protected ApiDescription api;
  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

  @DynamicPropertySource
  protected static void dataDir(DynamicPropertyRegistry registry) {
    // Another context cannot share these two: it names its own.
    registry.add("rollbook.data-dir", () -> "${test.data-dir:" + DATA_DIR + "}");
    registry.add("rollbook.import.roots", FOREIGN_DIR::toString);
    if (IN_DATABASE) {
      var url = RealPostgres.url(RealPostgres.newDatabase());
      registry.add("spring.datasource.url", () -> url);
      registry.add("rollbook.storage", () -> "database");
      registry.add("rollbook.database.accept-unreplicated", () -> true);
    }
    registry.add("rollbook.watch.codex-home", () -> "${test.watched-dir:" + WATCHED_DIR + "}");
    registry.add("rollbook.export.codex-homes", () -> CODEX_HOME + "," + LINKED_CODEX_HOME);
  }

  @BeforeEach
  protected void connect() {
    api = ApiDescription.of("http://127.0.0.1:" + port);
    client = new RollbookClient(port);
    files = filesOf(context);
    logged.start();
    root().addAppender(logged);
  }

  /// The files of a service. Those of a thread can be written although it is not loaded.
  static DiskFiles filesOf(ApplicationContext service) {
    return new DiskFiles(
        IN_DATABASE ? TestDatabase.diskOf(service) : service.getBean("disk", Disk.class));
  }

  @AfterEach
  protected void nothingIsLoggedAtError() {
    disk.heal();
    root().detachAppender(logged);
    if (!logged(Level.ERROR).isEmpty()) {
      throw new AssertionError("logged at ERROR: " + logged(Level.ERROR));
    }
  }

  /// Messages of this test so far, of that level or above.
  protected List<String> logged(Level level) {
    return loggedEvents().stream()
        .filter(event -> event.getLevel().isGreaterOrEqual(level))
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  /// Messages of this test so far, but for those of jobs, which may be about earlier tests.
  protected List<String> loggedOutsideJobs(Level level) {
    return loggedEvents().stream()
        .filter(event -> event.getLevel().isGreaterOrEqual(level))
        .filter(event -> JOBS.stream().noneMatch(event.getThreadName()::startsWith))
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  /// From here on, what was logged before does not count as logged by this test.
  protected void forgetLog() {
    logged.list.clear();
  }

  /// Not what the test's own check of answers has to say.
  protected List<ILoggingEvent> loggedEvents() {
    return List.copyOf(logged.list).stream()
        .filter(event -> !event.getLoggerName().startsWith(CHECKS_ANSWERS))
        .toList();
  }

  /// WARN lines that tell of skips of a thread.
  protected List<String> skipLines(String thread) {
    return logged(Level.WARN).stream().filter(line -> line.contains(thread)).toList();
  }

  /// Brings the rows up to what is in memory at once, not up to 250 ms later.
  protected void saveRows() {
    ReflectionTestUtils.invokeMethod(context.getBean("rowFlusher"), "flush");
  }

  /// Writes all pending items that the disk accepts at once, not up to a second later.
  protected void retryPendingItems() {
    ReflectionTestUtils.invokeMethod(context.getBean("liveThreads"), "retry");
  }

  /// Compares all rollouts with their rows, in a comparison that begins now, and returns its
  /// result.
  protected JsonNode reconcile() {
    while (true) {
      awaitReconciled();
      var asked = Instant.now().truncatedTo(ChronoUnit.MILLIS);
      expect(202, client.post(RECONCILE, "{}"));
      awaitReconciled();
      var result = client.get(RECONCILE).json().path("last");
      // The request joins a comparison that runs already.
      if (!Instant.parse(result.path("startedAt").stringValue()).isBefore(asked)) {
        return result;
      }
    }
  }

  /// Waits until no comparison runs or is about to: one follows five seconds after an outage of the
  /// state-db, which an earlier test may have caused, and would take the findings of this test.
  protected void awaitReconciled() {
    var rowFlusher = context.getBean("rowFlusher");
    var reconciler = context.getBean(Reconciler.class);
    await()
        .until(() -> {
          // Under its lock, as the comparison begins a moment after the field is null.
          synchronized (rowFlusher) {
            return ReflectionTestUtils.getField(rowFlusher, "reconcileAfter") == null
                && !reconciler.wasCutShort()
                && !reconciler.isComparing();
          }
        });
  }

  /// The thread leaves the memory.
  protected void unload(String thread) {
    saveRows();
    unloadIdle(Duration.ZERO);
    assertThat(client.get(RollbookClient.thread(thread)).at("status")).isEqualTo("notLoaded");
  }

  /// All threads that may leave the memory do, as far as they were not used for so long.
  protected void unloadIdle(Duration idleFor) {
    ReflectionTestUtils.invokeMethod(context.getBean("liveThreads"), "unloadIdle", idleFor);
  }

  /// Sum of all samples in Prometheus format whose name and tags match.
  protected double metric(String regex) {
    var sample = Pattern.compile(regex + ".* (\\S+)");
    return client
        .get("/actuator/prometheus")
        .text()
        .lines()
        .map(sample::matcher)
        .filter(Matcher::matches)
        .mapToDouble(line -> Double.parseDouble(line.group(1)))
        .sum();
  }

  protected Path rollout(String thread) {
    return DATA_DIR.resolve(client.get(RollbookClient.thread(thread)).at("rollout", "path"));
  }

  /// Where rollouts of others lie that may be imported.
  protected static Path foreignDir() {
    return FOREIGN_DIR;
  }

  /// A `CODEX_HOME` that is followed.
  protected static Path watchedDir() {
    return WATCHED_DIR;
  }

  protected static Path dataDir() {
    return DATA_DIR;
  }

  /// A directory that exports may be written to.
  protected static Path codexHome() {
    return CODEX_HOME;
  }

  /// One that a test makes, as a link or with links in it.
  protected static Path linkedCodexHome() {
    return LINKED_CODEX_HOME;
  }

  private static Logger root() {
    return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  /// Files anywhere in the directory whose name contains the text. The service may delete others
  /// meanwhile, those of the search index for example.
  protected static List<Path> filesNamed(String text, Path directory) throws IOException {
    var found = new ArrayList<Path>();
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile() && file.getFileName().toString().contains(text)) {
              found.add(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }
        });
    return found;
  }

  protected static Path temporary() {
    try {
      return Files.createTempDirectory("rollbook-http-test");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
