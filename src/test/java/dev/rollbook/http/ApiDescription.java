package dev.rollbook.http;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.dialect.Dialects;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The OpenAPI description at `/v3/api-docs`, read once for all tests.
///
/// To the service's clients its answers are open; here they are closed, so that a member that is
/// not described is found.
public final class ApiDescription {
  public static final String PATH = "/v3/api-docs";
  private static final String PLACE = "https://rollbook.example/api";
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Map<String, ApiDescription> READ = new ConcurrentHashMap<>();

  private final String text;
  private final JsonNode document;
  private final List<Operation> operations;
  private final SchemaRegistry registry;
  private final Map<String, Schema> schemas = new ConcurrentHashMap<>();

  /// @param pointer to it in the document
  public record Operation(String method, String path, JsonNode description, String pointer) {
    boolean matches(String[] steps) {
      var template = path.split("/");
      return template.length == steps.length
          && Stream.iterate(0, n -> n < steps.length, n -> n + 1)
              .allMatch(n -> template[n].startsWith("{") || template[n].equals(steps[n]));
    }

    public String name() {
      return description.path("operationId").stringValue();
    }

    public Stream<JsonNode> parameters(String in) {
      return description
          .path("parameters")
          .valueStream()
          .filter(parameter -> parameter.path("in").stringValue("").equals(in));
    }
  }

  /// @param base URL of any service: all that tests run are of one build
  public static ApiDescription of(String base) {
    return READ.computeIfAbsent("", once -> new ApiDescription(fetch(base + PATH)));
  }

  /// Empty where it was not read: tests of the packaged service count on the pace of its clients.
  public static Optional<ApiDescription> ifRead() {
    return Optional.ofNullable(READ.get(""));
  }

  private ApiDescription(String text) {
    this.text = text;
    this.document = JSON.readTree(text);
    this.operations =
        document
            .path("paths")
            .propertyStream()
            .flatMap(path -> operations(path.getKey(), path.getValue()))
            .toList();
    var closed = document.deepCopy();
    close(closed.path("components").path("schemas"));
    var closedText = closed.toString();
    this.registry =
        SchemaRegistry.withDefaultDialect(
            Dialects.getOpenApi31(),
            builder ->
                builder
                    .schemas(Map.of(PLACE, closedText))
                    .schemaRegistryConfig(
                        SchemaRegistryConfig.builder().formatAssertionsEnabled(true).build()));
  }

  public String text() {
    return text;
  }

  public JsonNode document() {
    return document;
  }

  public List<Operation> operations() {
    return operations;
  }

  public Optional<Operation> find(String method, String path) {
    var steps = path.split("/");
    return operations.stream()
        .filter(operation -> operation.method().equals(method) && operation.matches(steps))
        .findFirst();
  }

  /// What a reference leads to; anything else as it is.
  public JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? document.at(node.path("$ref").stringValue().substring(1)) : node;
  }

  /// Where the schema of one of its parameters is.
  public String schemaOf(Operation operation, JsonNode parameter) {
    int at = operation.description().path("parameters").valueStream().toList().indexOf(parameter);
    var place = "%s/parameters/%d".formatted(operation.pointer(), at);
    return document.at(place).path("$ref").stringValue("#" + place).substring(1) + "/schema";
  }

  /// What is wrong with a value, in words; empty if nothing is.
  ///
  /// @param pointer to a schema in the document
  public List<String> violations(String pointer, JsonNode value) {
    return schemas.computeIfAbsent(pointer, this::compiled).validate(value).stream()
        .map(Object::toString)
        .toList();
  }

  public static String escaped(String step) {
    return step.replace("~", "~0").replace("/", "~1");
  }

  private Schema compiled(String pointer) {
    return registry.getSchema(SchemaLocation.of(PLACE + "#" + pointer));
  }

  private Stream<Operation> operations(String path, JsonNode methods) {
    return methods
        .propertyStream()
        .filter(method -> method.getValue().has("operationId"))
        .map(method ->
            new Operation(
                method.getKey().toUpperCase(Locale.ROOT),
                path,
                described(method.getValue()),
                "/paths/%s/%s".formatted(escaped(path), method.getKey())));
  }

  private ObjectNode described(JsonNode operation) {
    var described = (ObjectNode) operation.deepCopy();
    var parameters = described.putArray("parameters");
    operation.path("parameters").forEach(parameter -> parameters.add(resolved(parameter)));
    return described;
  }

  private static void close(JsonNode schema) {
    if (schema instanceof ObjectNode object
        && object.path("type").stringValue("").equals("object")
        && object.has("properties")
        && !object.has("additionalProperties")) {
      object.put("additionalProperties", false);
    }
    schema.forEach(ApiDescription::close);
  }

  private static String fetch(String url) {
    try (var http = HttpClient.newHttpClient()) {
      var answer =
          http.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new AssertionError("%s: %d".formatted(url, answer.statusCode()));
      }
      return answer.body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }
}
