package dev.rollbook.api.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rollbook.http.ApiDescription;
import dev.rollbook.http.HttpTest;
import dev.rollbook.operating.InstalledPrograms;
import dev.rollbook.packaged.Npm;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.util.FileSystemUtils;

/// The committed files of the console are those that its sources build, and its types are those of
/// the API. Skipped without npm.
class ConsoleBuildHttpTest extends HttpTest {
  private static final Path SOURCES = Path.of("src/main/console");
  private static final Path BUILT = Path.of("src/main/resources/console");
  private static final String LOCK = "package-lock.json";
  private static final String MODULES = "node_modules";
  private static final int RUN_SECONDS = 300;
  private static final long MAX_COMPRESSED = 90 * 1024;
  private static final long MAX_ALL_COMPRESSED = 104 * 1024;
  private static final Pattern IMPORT = Pattern.compile("(?:from|import)\"\\./([^\"]+\\.js)\"");

  private final Path directory = Npm.directory("console");

  /// Copies the sources, and installs what they need once for each state of the lock file.
  @BeforeEach
  void install() throws Exception {
    var npm = InstalledPrograms.orSkip("npm");
    Files.createDirectories(directory);
    var installed = directory.resolve("installed-" + LOCK);
    boolean isInstalled =
        Files.exists(installed) && Files.mismatch(installed, SOURCES.resolve(LOCK)) < 0;
    copySources();
    if (!isInstalled) {
      var log = directory.resolve("install.log");
      var command = new ProcessBuilder(npm.toString(), "ci").directory(directory.toFile());
      assumeTrue(
          InstalledPrograms.end(command, log, RUN_SECONDS) == 0,
          "what builds the console cannot be installed with npm, see " + log);
      Files.copy(SOURCES.resolve(LOCK), installed, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  @Test
  void theCommittedFilesAreTheBuild() throws Exception {
    var out = directory.resolve("out");

    npm(Map.of("CONSOLE_OUT", out.toString()), "run", "build");

    assertThat(files(out).keySet()).isEqualTo(files(BUILT).keySet());
    files(out)
        .forEach((name, content) -> assertThat(content).as(name).isEqualTo(files(BUILT).get(name)));
  }

  /// Each page is a file of its own, with what it imports; transcripts also load Markdown.
  @ParameterizedTest
  @CsvSource({"Threads,Threads", "Thread,markdown", "Usage,Usage", "Health,Health"})
  void noPageLoadsMuch(String page, String part) {
    var files = files(BUILT);
    var loaded = new TreeSet<String>();
    for (var start : List.of("index", "icon", page, part)) {
      var names = files.keySet().stream().filter(name -> name.contains("/" + start + "-")).toList();
      assertThat(names).as(start).isNotEmpty();
      names.forEach(name -> addWithImports(name, files, loaded));
    }
    loaded.add("index.html");

    long compressed = loaded.stream().mapToLong(name -> compressed(files.get(name))).sum();
    assertThat(compressed).as(loaded.toString()).isLessThan(MAX_COMPRESSED);
  }

  @Test
  void allPagesTogetherAreNotMuch() {
    var files = files(BUILT);
    files.remove("licenses.md");

    assertThat(files.values().stream().mapToLong(ConsoleBuildHttpTest::compressed).sum())
        .isLessThan(MAX_ALL_COMPRESSED);
  }

  private static void addWithImports(String name, Map<String, byte[]> files, Set<String> loaded) {
    if (loaded.add(name) && name.endsWith(".js")) {
      var text = new String(files.get(name), StandardCharsets.UTF_8);
      IMPORT
          .matcher(text)
          .results()
          .forEach(found -> addWithImports("assets/" + found.group(1), files, loaded));
    }
  }

  @Test
  void theTypesAreThoseOfTheApi() throws Exception {
    var description = directory.resolve("api.json");
    var types = directory.resolve("schema.d.ts");
    Files.writeString(description, client.get(ApiDescription.PATH).text());

    npm(Map.of(), "run", "types", "--", description.toString(), types.toString());

    assertThat(types).hasSameTextualContentAs(SOURCES.resolve("src/api/schema.d.ts"));
  }

  @Test
  void theSourcesPassTheirChecksAndTests() throws Exception {
    npm(Map.of(), "run", "check");
    npm(Map.of(), "test");
  }

  @Test
  void theLockFileNamesNoRegistry() throws IOException {
    assertThat(SOURCES.resolve(LOCK)).content().doesNotContain("\"resolved\"");
  }

  private void copySources() throws IOException {
    try (var old = Files.list(directory)) {
      for (var path : old.toList()) {
        var name = path.getFileName().toString();
        if (Files.isDirectory(path) && !name.equals(MODULES)) {
          FileSystemUtils.deleteRecursively(path);
        }
      }
    }
    try (var all = Files.list(SOURCES)) {
      for (var path : all.toList()) {
        if (!path.getFileName().toString().equals(MODULES)) {
          copy(path);
        }
      }
    }
  }

  private void copy(Path source) throws IOException {
    var copy = directory.resolve(source.getFileName());
    if (Files.isDirectory(source)) {
      FileSystemUtils.copyRecursively(source, copy);
    } else {
      Files.copy(source, copy, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private void npm(Map<String, String> environment, String... arguments) throws Exception {
    var output = directory.resolve("npm.log");
    var command = new ProcessBuilder(arguments).directory(directory.toFile());
    command.command().addFirst("npm");
    command.environment().putAll(environment);
    int code = InstalledPrograms.end(command, output, RUN_SECONDS);
    assertThat(code).as(Files.readString(output)).isZero();
  }

  private static Map<String, byte[]> files(Path root) {
    var files = new TreeMap<String, byte[]>();
    try (var found = Files.walk(root)) {
      for (var file : found.filter(Files::isRegularFile).toList()) {
        files.put(root.relativize(file).toString().replace('\\', '/'), Files.readAllBytes(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }

  private static long compressed(byte[] content) {
    var counted = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(counted)) {
      gzip.write(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return counted.size();
  }
}
