package dev.rollbook.api.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.springframework.core.io.ClassPathResource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Puts the description of the API together from its files.
final class ApiDocument {
  /// In the order in which a reader meets them.
  private static final List<String> FILES =
      List.of(
          "api",
          "threads",
          "thread-schemas",
          "turns",
          "appends",
          "items",
          "gaps",
          "events",
          "search",
          "imports",
          "codex");

  private static final String CLOSED_SET = "x-closed-set";
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Problems problems = new Problems(read("problems"));
  private final ClosedSets sets = new ClosedSets(problems);

  /// OpenAPI 3.1 as JSON.
  static byte[] json() {
    return JSON.writeValueAsBytes(new ApiDocument().whole());
  }

  private ObjectNode whole() {
    var document = JSON.createObjectNode();
    FILES.forEach(file -> merge(document, read(file)));
    fillIn(document);
    document.path("paths").forEach(path -> complete((ObjectNode) path));
    document.withObjectProperty("components").set("examples", problems.examples());
    return document;
  }

  /// What is said once for a path is said for each of its operations: Swagger UI does not find it
  /// otherwise.
  private void complete(ObjectNode path) {
    var ofPath = path.withArrayProperty("parameters");
    path.remove("parameters");
    path.forEach(node -> {
      var operation = (ObjectNode) node;
      var own = operation.withArrayProperty("parameters");
      operation.set("parameters", ofPath.deepCopy().addAll(own));
      problems.answer(operation);
    });
  }

  /// The words of each closed set that is named.
  private void fillIn(JsonNode node) {
    if (node instanceof ObjectNode object && object.has(CLOSED_SET)) {
      var words = object.withArrayProperty("enum");
      sets.words(object.remove(CLOSED_SET).stringValue()).forEach(words::add);
    }
    node.forEach(this::fillIn);
  }

  private static void merge(ObjectNode target, JsonNode more) {
    more.propertyStream()
        .forEach(member -> {
          if (target.path(member.getKey()) instanceof ObjectNode both) {
            merge(both, member.getValue());
          } else {
            target.set(member.getKey(), member.getValue());
          }
        });
  }

  private static JsonNode read(String name) {
    var options = new LoaderOptions();
    options.setMaxAliasesForCollections(Integer.MAX_VALUE);
    try (var in = new ClassPathResource("openapi/" + name + ".yaml").getInputStream()) {
      return JSON.valueToTree(new Yaml(new SafeConstructor(options)).load(in));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
