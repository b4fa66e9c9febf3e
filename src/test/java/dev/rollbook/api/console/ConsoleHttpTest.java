package dev.rollbook.api.console;

import static dev.rollbook.http.RollbookClient.expect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.HttpTest;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.web.context.support.StaticWebApplicationContext;
import org.springframework.web.servlet.config.annotation.ResourceHandlerRegistry;

/// How the files of the console are served. What the console does is tested by `ConsoleIT`.
class ConsoleHttpTest extends HttpTest {
  private static final String BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8";
  private static final Pattern FILE = Pattern.compile("(?:href|src)=\"([^\"]+)\"");
  private static final Pattern HASHED = Pattern.compile("\\./assets/[\\w-]+-[\\w-]{8}\\.\\w+");

  @Test
  void aBrowserThatOpensTheRootIsRedirectedToTheConsole() {
    assertThat(expect(302, client.get("/", "Accept", BROWSER)).header("location"))
        .isEqualTo("console/");
    for (var accept : List.of("application/json", "*/*")) {
      assertThat(expect(404, client.get("/", "Accept", accept)).at("code")).isEqualTo("not_found");
    }
  }

  @Test
  void theFolderWithoutASlashIsRedirectedSoThatRelativePathsWork() {
    assertThat(expect(302, client.get("/console")).header("location")).isEqualTo("console/");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/console/", "/console/index.html"})
  void thePageIsAskedForEachTimeAndMayLoadItsOwnFilesOnly(String path) {
    var page = expect(200, client.get(path, "Accept", BROWSER));

    assertThat(page.contentType()).startsWith("text/html");
    assertThat(page.header("cache-control")).isEqualTo("no-cache");
    assertThat(page.header("content-security-policy"))
        .isEqualTo(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src"
                + " 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
    assertThat(page.header("x-content-type-options")).isEqualTo("nosniff");
    assertThat(page.text())
        .doesNotContain("<style", "javascript:")
        .doesNotContainPattern("<script>");
  }

  @Test
  void allOtherFilesHaveTheHashOfTheirContentInTheirNamesAndAreKept() {
    var files =
        FILE.matcher(expect(200, client.get("/console/")).text())
            .results()
            .map(found -> found.group(1))
            .toList();

    assertThat(files).hasSizeGreaterThan(2).allMatch(name -> HASHED.matcher(name).matches());
    for (var name : files) {
      var file = expect(200, client.get("/console/" + name.substring(2)));
      assertThat(file.header("cache-control")).isEqualTo("max-age=31536000, public, immutable");
      assertThat(file.header("content-security-policy")).startsWith("default-src 'none'");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/console/nothing", "/console/assets/nothing.js", "/console/assets/"})
  void noOtherPathIsServed(String path) {
    assertThat(expect(404, client.get(path)).at("code")).isEqualTo("not_found");
  }

  @Test
  void nothingIsServedIfTheConsoleIsDisabled() {
    try (var none = new StaticWebApplicationContext()) {
      for (var enabled : List.of(true, false)) {
        var registry = new ResourceHandlerRegistry(none, null);
        new ConsoleConfiguration(new ConsoleProperties(enabled, null))
            .addResourceHandlers(registry);

        assertThat(registry.hasMappingForPattern("/console/assets/**")).isEqualTo(enabled);
        assertThat(registry.hasMappingForPattern("/console/*")).isEqualTo(enabled);
      }
    }
  }
}
