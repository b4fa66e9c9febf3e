package dev.rollbook.operating;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/// Reads files of this repository, which is the working directory of tests.
public final class RepositoryFiles {
  public static final Path PROMETHEUS = Path.of("src/main/docker/prometheus");

  /// Where the container of Prometheus has its token.
  public static final String PROMETHEUS_TOKEN = "/run/prometheus-token/token";

  static final Path GRAFANA = Path.of("src/main/docker/grafana");

  static final Path README = Path.of("README.md");
  static final Path DOCS = Path.of("src/docs");

  private RepositoryFiles() {}

  public static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A page of `src/docs`.
  public static ManualPage page(String name) {
    return read(DOCS.resolve(name));
  }

  /// The README, and then all pages of `src/docs` by their names.
  public static List<ManualPage> manual() {
    var pages = new ArrayList<ManualPage>();
    pages.add(read(README));
    try (var files = Files.walk(DOCS)) {
      files
          .filter(file -> file.toString().endsWith(".md"))
          .sorted()
          .forEach(file -> pages.add(read(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return pages;
  }

  private static ManualPage read(Path file) {
    return new ManualPage(file, text(file));
  }

  static YamlNode yaml(Path file) {
    return yaml(text(file)).getFirst();
  }

  /// All documents of a YAML text.
  static List<YamlNode> yaml(String text) {
    var documents = new ArrayList<YamlNode>();
    var loader = new LoaderOptions();
    loader.setAllowDuplicateKeys(false);
    new Yaml(new SafeConstructor(loader))
        .loadAll(text)
        .forEach(one -> documents.add(new YamlNode(one)));
    return documents;
  }
}
