package dev.rollbook.packaged.browser;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.operating.InstalledPrograms;
import dev.rollbook.packaged.PackagedService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.springframework.util.FileSystemUtils;

/// A packaged service that requires tokens, and a browser that shows its pages, for all tests of a
/// class. The tests are skipped without a browser.
///
/// The browser reaches the service through a proxy, so that a test can cut its connections.
final class BrowsedService implements BeforeAllCallback, AfterAllCallback {
  private static final String LOCAL_TOKEN = "export ROLLBOOK_SECURITY_LOCALTOKEN=true;";
  private static final int TERMINATED = 143;

  /// A name of this machine that the browser does not know as its own: over plain HTTP, it refuses
  /// to its pages what it allows to those of `127.0.0.1`.
  static final String OTHER_HOST = "console.test";

  private final String path;
  private final Settings settings;
  private Path directory;
  private Path dataDir;
  private String shell = "";
  private PackagedService service;
  private CuttingProxy wire;
  private Chromium page;
  private String token;
  private RollbookClient client;

  /// Writes files that the service needs, and exports variables of its environment.
  @FunctionalInterface
  interface Settings {
    /// @param directory an empty one
    /// @return commands of a shell that end with `;`, or none
    String in(Path directory) throws Exception;
  }

  /// @param path of the page that the browser shows at first
  BrowsedService(String path, Settings settings) {
    this.path = path;
    this.settings = settings;
  }

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    var program = InstalledPrograms.orSkip("chromium", "chromium-browser", "google-chrome");
    // Temporary directories are closed to other users, as the service wants its data-dir to be.
    directory = Files.createTempDirectory("browsed-service");
    dataDir = Files.createTempDirectory(directory, "data");
    shell = settings.in(Files.createDirectory(directory.resolve("settings")));
    start();
    wire = new CuttingProxy(service.port());
    page =
        Chromium.open(
            program,
            Files.createDirectory(directory.resolve("home")),
            address(),
            "--host-resolver-rules=MAP %s 127.0.0.1".formatted(OTHER_HOST));
  }

  private void start() throws IOException {
    var logs = Files.createDirectories(directory.resolve("logs"));
    service = PackagedService.start(dataDir, logs, LOCAL_TOKEN + shell);
    token = Files.readString(dataDir.resolve("token")).strip();
    client = service.client().withToken(token);
  }

  @Override
  public void afterAll(ExtensionContext context) throws Exception {
    try (var running = service;
        var proxy = wire;
        var browser = page) {
      if (running != null) {
        assertThat(running.stop()).isEqualTo(TERMINATED);
        assertThat(running.stderr()).isEmpty();
      }
    }
    if (directory != null) {
      FileSystemUtils.deleteRecursively(directory);
    }
  }

  PackagedService service() {
    return service;
  }

  /// The proxy between the browser and the service.
  CuttingProxy wire() {
    return wire;
  }

  Chromium page() {
    return page;
  }

  /// One with all scopes.
  String token() {
    return token;
  }

  /// With all scopes.
  RollbookClient client() {
    return client;
  }

  /// The page that the browser shows at first.
  String address() {
    return address("127.0.0.1");
  }

  /// The same page under another name of this machine.
  String address(String host) {
    return "http://%s:%d%s".formatted(host, wire.port(), path);
  }

  void kill() throws InterruptedException {
    service.sigkill();
    service.awaitExit();
  }

  /// Starts the service again, with the same data and settings.
  void startAgain() throws IOException {
    start();
    wire.forwardTo(service.port());
  }
}
