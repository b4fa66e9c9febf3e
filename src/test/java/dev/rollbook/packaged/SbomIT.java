package dev.rollbook.packaged;

import static dev.rollbook.http.RollbookClient.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rollbook.http.RollbookClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The SBOM (CycloneDX) in the jar. An offline build has none.
class SbomIT {
  private static final String LOCATION = "META-INF/sbom/application.cdx.json";
  private static final String LIBRARIES = "BOOT-INF/lib/";

  @Test
  void theSbomListsEveryLibraryOfTheJarWithItsVersion() throws IOException {
    var listed = components(orSkip());

    assertThat(libraries()).hasSizeGreaterThan(80).isSubsetOf(listed);
  }

  @Test
  void theSbomNamesNoDirectoryOfTheMachineThatBuiltIt() throws IOException {
    assertThat(orSkip())
        .doesNotContain(System.getProperty("user.dir"))
        .doesNotContain(System.getProperty("user.home") + "/")
        .doesNotContain("file:");
  }

  @Test
  void theSbomNamesRollbookWithoutAddressesOfItsParent() throws IOException {
    var rollbook = JsonMapper.shared().readTree(orSkip()).at("/metadata/component");

    assertThat(rollbook.path("name").stringValue()).isEqualTo("rollbook");
    assertThat(rollbook.has("externalReferences")).isFalse();
    assertThat(rollbook.has("licenses")).isFalse();
  }

  /// The actuator returns the SBOM of the jar, if it has one.
  static void assertReturned(RollbookClient client) throws IOException {
    var ids = expect(200, client.get("/actuator/sbom")).json().path("ids");
    var sbom = sbom();
    assertThat(ids).hasSize(sbom.isPresent() ? 1 : 0);
    if (sbom.isPresent()) {
      assertThat(expect(200, client.get("/actuator/sbom/application")).text())
          .isEqualTo(sbom.get());
    }
  }

  private static Set<String> components(String sbom) {
    return JsonMapper.shared()
        .readTree(sbom)
        .path("components")
        .valueStream()
        .map(SbomIT::fileName)
        .collect(Collectors.toSet());
  }

  private static String fileName(JsonNode component) {
    return "%s-%s.jar"
        .formatted(component.path("name").stringValue(), component.path("version").stringValue());
  }

  private static Set<String> libraries() throws IOException {
    try (var jar = new JarFile(ExtractedJar.plain().toFile())) {
      return jar.stream()
          .map(entry -> Path.of(entry.getName()))
          .filter(path -> path.startsWith(LIBRARIES) && path.toString().endsWith(".jar"))
          .map(path -> path.getFileName().toString())
          // Added by the plug-in that makes the jar; no library that is compiled against.
          .filter(name -> !name.startsWith("spring-boot-jarmode-tools"))
          .collect(Collectors.toSet());
    }
  }

  private static String orSkip() throws IOException {
    var sbom = sbom();
    assumeTrue(sbom.isPresent(), "the jar was built offline and has no SBOM");
    return sbom.get();
  }

  private static Optional<String> sbom() throws IOException {
    try (var jar = new JarFile(ExtractedJar.plain().toFile())) {
      var entry = jar.getEntry(LOCATION);
      return entry == null
          ? Optional.empty()
          : Optional.of(
              new String(jar.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8));
    }
  }
}
