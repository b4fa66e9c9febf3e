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
public final class Sources {
  public static final Path PROMETHEUS = Path.of("src/main/docker/prometheus");
  static final Path GRAFANA = Path.of("src/main/docker/grafana");

  static final Path README = Path.of("README.md");
  static final Path DOCS = Path.of("src/docs");

  private Sources() {}

  public static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A page of `src/docs`.
  public static Page page(String name) {
    return read(DOCS.resolve(name));
  }

  /// The README, and then all pages of `src/docs` by their names.
  public static List<Page> manual() {
    var pages = new ArrayList<Page>();
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

  private static Page read(Path file) {
    return new Page(file, text(file));
  }

  static Tree yaml(Path file) {
    return yaml(text(file)).getFirst();
  }

  /// All documents of a YAML text.
  static List<Tree> yaml(String text) {
    var documents = new ArrayList<Tree>();
    var loader = new LoaderOptions();
    loader.setAllowDuplicateKeys(false);
    new Yaml(new SafeConstructor(loader))
        .loadAll(text)
        .forEach(one -> documents.add(new Tree(one)));
    return documents;
  }
}
