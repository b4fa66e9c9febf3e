package dev.rollbook.api.docs;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Adds the error responses to the OpenAPI document. In the files of `openapi/`, an operation only
/// lists the codes of its errors. This class replaces the list by one response for each HTTP status
/// that these codes have, with an example of each code.
final class ProblemResponses {
  private static final String OWN = "x-problems";
  private static final String SCHEMA = "#/components/schemas/Problem";
  private static final String EXAMPLES = "#/components/examples/";
  private static final String NONE = "none";

  private final JsonNode table;

  /// @param table `problems.yaml`
  ProblemResponses(JsonNode table) {
    this.table = table;
  }

  List<String> codes() {
    return List.copyOf(table.path("codes").propertyNames());
  }

  List<String> recoveries() {
    return codes().stream().map(this::recovery).distinct().sorted().toList();
  }

  /// An example of each code.
  ObjectNode examples() {
    var examples = JsonMapper.shared().createObjectNode();
    codes().forEach(code -> examples.set(code, example(code)));
    return examples;
  }

  /// Replaces the list of codes of an operation by responses.
  void addResponses(ObjectNode operation) {
    var responses = operation.withObjectProperty("responses");
    byStatus(codes(operation))
        .forEach((status, codes) -> {
          if (!responses.has(status)) {
            responses.set(status, response(codes));
          }
        });
    operation.remove(OWN);
  }

  private Set<String> codes(ObjectNode operation) {
    var codes = new LinkedHashSet<String>();
    addTo(codes, table.path("always"));
    addTo(codes, operation.path(OWN));
    if (operation.has("requestBody")) {
      addTo(codes, table.path("body"));
    }
    return codes;
  }

  private static void addTo(Set<String> codes, JsonNode names) {
    names.forEach(name -> codes.add(name.stringValue()));
  }

  private Map<String, List<String>> byStatus(Set<String> codes) {
    return codes.stream()
        .sorted((one, other) -> Integer.compare(status(one).value(), status(other).value()))
        .collect(
            Collectors.groupingBy(
                code -> Integer.toString(status(code).value()),
                LinkedHashMap::new,
                Collectors.toList()));
  }

  private ObjectNode response(List<String> codes) {
    var response = JsonMapper.shared().createObjectNode();
    response.put(
        "description",
        codes.stream()
            .map(code -> "`%s`: %s".formatted(code, row(code).path("when").stringValue()))
            .collect(Collectors.joining("\n\n")));
    var content =
        response
            .withObjectProperty("content")
            .withObjectProperty(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
    content.set("schema", schema(codes));
    var examples = content.withObjectProperty("examples");
    codes.forEach(code -> examples.withObjectProperty(code).put("$ref", EXAMPLES + code));
    return response;
  }

  /// The schema of a problem with one of the codes.
  private static ObjectNode schema(List<String> codes) {
    var schema = JsonMapper.shared().createObjectNode();
    var both = schema.withArrayProperty("allOf");
    both.addObject().put("$ref", SCHEMA);
    var known =
        both.addObject()
            .withObjectProperty("properties")
            .withObjectProperty("code")
            .withArrayProperty("enum");
    codes.forEach(known::add);
    return schema;
  }

  private ObjectNode example(String code) {
    var row = row(code);
    var example = JsonMapper.shared().createObjectNode();
    var value =
        example
            .withObjectProperty("value")
            .put("type", "urn:rollbook:problem:" + code)
            .put("title", status(code).getReasonPhrase())
            .put("status", status(code).value())
            .put("detail", row.path("detail").stringValue())
            .put("code", code)
            .put("threadId", row.path("threadId").stringValue(null))
            .put("retryable", recovery(code).equals("retry"))
            .put("recovery", recovery(code));
    for (var member : List.of("errors", "gapId", "nextOrdinal", "requiredScope")) {
      if (row.has(member)) {
        value.set(member, row.path(member));
      }
    }
    return example;
  }

  private HttpStatus status(String code) {
    return HttpStatus.valueOf(row(code).path("status").intValue());
  }

  private String recovery(String code) {
    return row(code).path("recovery").stringValue(NONE);
  }

  private JsonNode row(String code) {
    var row = table.path("codes").path(code);
    if (row.isMissingNode()) {
      throw new IllegalStateException("openapi: no problem has the code " + code);
    }
    return row;
  }
}
