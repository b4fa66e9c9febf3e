package dev.rollbook.api.docs;

import dev.rollbook.codex.ingest.ImportView.ImportStatus;
import dev.rollbook.event.Event.ThreadClosed.How;
import dev.rollbook.model.PersistencePolicy;
import dev.rollbook.model.ResumeFailure;
import dev.rollbook.model.SkipReason;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.model.WireName;
import dev.rollbook.projection.ThreadKind;
import dev.rollbook.thread.GapView;
import dev.rollbook.thread.ThreadView;
import dev.rollbook.web.http.RequestForm;
import dev.rollbook.web.security.access.AccessRule;
import dev.rollbook.web.security.access.AccessRules;
import dev.rollbook.web.security.access.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.MediaType;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Builds the OpenAPI document from the files in `openapi/`.
final class OpenApiDocument {
  /// In the order of the tags in the document.
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
          "usage",
          "imports",
          "codex");

  /// Name of the security scheme.
  private static final String TOKEN = "token";

  private static final String ENUMERATION = "x-closed-set";
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .withConfigOverride(ArrayNode.class, array -> array.setMergeable(false))
          .build();

  /// Enumerations of the code, so that the document never lacks a value.
  private static final Map<String, List<String>> ENUMERATIONS =
      Map.of(
          "SkipReason", words(SkipReason.values(), SkipReason::wireName),
          "ResumeFailure", words(ResumeFailure.values(), ResumeFailure::wireName),
          "TurnStatus", words(TurnStatus.values(), WireName::wireName),
          "ThreadStatus", words(ThreadView.Status.values(), WireName::wireName),
          "ThreadKind", words(ThreadKind.values(), WireName::wireName),
          "PersistencePolicy", words(PersistencePolicy.values(), WireName::wireName),
          "ImportStatus", words(ImportStatus.values(), WireName::wireName),
          "GapReason", GapView.REASONS,
          "Scope", words(Scope.values(), Scope::wireName),
          "HowClosed", words(How.values(), how -> how.name().toLowerCase(Locale.ROOT)));

  private final ProblemResponses problems = new ProblemResponses(read("problems"));

  /// OpenAPI 3.1 as JSON.
  static byte[] json() {
    return JSON.writeValueAsBytes(new OpenApiDocument().whole());
  }

  private ObjectNode whole() {
    var document = JSON.createObjectNode();
    FILES.forEach(file -> JSON.updateValue(document, read(file)));
    fillIn(document);
    document
        .path("paths")
        .propertyStream()
        .forEach(path -> complete(path.getKey(), (ObjectNode) path.getValue()));
    document.withObjectProperty("components").set("examples", problems.examples());
    return document;
  }

  /// Copies the parameters of a path to each of its operations, because Swagger UI does not show
  /// them otherwise, and adds error responses and scopes.
  private void complete(String pattern, ObjectNode path) {
    var ofPath = path.withArrayProperty("parameters");
    path.remove("parameters");
    path.propertyStream()
        .forEach(node -> {
          var operation = (ObjectNode) node.getValue();
          var own = operation.withArrayProperty("parameters");
          operation.set("parameters", ofPath.deepCopy().addAll(own));
          problems.addResponses(operation);
          addScopes(operation, node.getKey(), pattern);
        });
  }

  /// The scopes of a call, which OpenAPI 3.1 calls role names for a scheme that is not OAuth. If
  /// they depend on the body, the call has those that all bodies need, and each type of body has
  /// `x-scopes`.
  private static void addScopes(ObjectNode operation, String method, String pattern) {
    var scopes =
        scopes(method, pattern, RequestForm.ANY)
            .orElseThrow(
                () -> new IllegalStateException("no access rule: " + method + " " + pattern));
    var ofRollout = scopes(method, pattern, RequestForm.ROLLOUT_BODY).orElse(scopes);
    var names = operation.withArrayProperty("security").addObject().putArray(TOKEN);
    add(names, scopes.stream().filter(ofRollout::contains).toList());
    if (!ofRollout.equals(scopes)) {
      operation
          .at("/requestBody/content")
          .propertyStream()
          .forEach(body -> {
            boolean isJson = body.getKey().equals(MediaType.APPLICATION_JSON_VALUE);
            add(((ObjectNode) body.getValue()).putArray("x-scopes"), isJson ? scopes : ofRollout);
          });
    }
  }

  private static Optional<List<Scope>> scopes(String method, String pattern, RequestForm form) {
    return AccessRules.of(method.toUpperCase(Locale.ROOT), pattern, form).map(AccessRule::scopes);
  }

  private static void add(ArrayNode names, List<Scope> scopes) {
    scopes.forEach(scope -> names.add(scope.wireName()));
  }

  /// Fills in the values of each enumeration that the files name.
  private void fillIn(JsonNode node) {
    if (node instanceof ObjectNode object && object.has(ENUMERATION)) {
      var words = object.withArrayProperty("enum");
      enumeration(object.remove(ENUMERATION).stringValue()).forEach(words::add);
    }
    node.forEach(this::fillIn);
  }

  private List<String> enumeration(String name) {
    return switch (name) {
      case "ProblemCode" -> problems.codes();
      case "Recovery" -> problems.recoveries();
      default ->
          Optional.ofNullable(ENUMERATIONS.get(name))
              .orElseThrow(() -> new IllegalStateException("openapi: no enumeration " + name));
    };
  }

  private static <E> List<String> words(E[] all, Function<E, String> word) {
    return Arrays.stream(all).map(word).toList();
  }

  private static JsonNode read(String name) {
    var options = new LoaderOptions();
    options.setMaxAliasesForCollections(Integer.MAX_VALUE);
    try (var in = new ClassPathResource("openapi/" + name + ".yaml").getInputStream()) {
      return JSON.valueToTree(new Yaml(new SafeConstructor(options)).load(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
