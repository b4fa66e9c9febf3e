package dev.rollbook.operating;

import java.nio.file.Path;
import java.util.List;

/// A file of Kubernetes objects, of which one is the StatefulSet of the service.
record KubernetesManifest(String text, List<YamlNode> documents) {
  private static final Path DIRECTORY = Path.of("src/main/docker/kubernetes");

  static KubernetesManifest read(String name) {
    var text = RepositoryFiles.text(DIRECTORY.resolve(name));
    return new KubernetesManifest(text, RepositoryFiles.yaml(text));
  }

  List<YamlNode> all(String kind) {
    return documents.stream().filter(one -> one.at("kind").text().equals(kind)).toList();
  }

  YamlNode only(String kind) {
    var found = all(kind);
    if (found.size() != 1) {
      throw new AssertionError("%d objects of kind %s".formatted(found.size(), kind));
    }
    return found.getFirst();
  }

  YamlNode named(String kind, String name) {
    return all(kind).stream()
        .filter(one -> one.at("metadata", "name").text().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /// A variable of the environment of the service.
  YamlNode variable(String name) {
    return only("StatefulSet")
        .at("spec", "template", "spec", "containers", 0, "env")
        .children()
        .filter(one -> one.at("name").text().equals(name))
        .findFirst()
        .orElseThrow();
  }
}
