package dev.rollbook.api.docs;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.AbstractTurnHttpTest;
import dev.rollbook.http.ApiDescription.Operation;
import dev.rollbook.http.RollbookClient;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Limits, enum values and defaults of the OpenAPI description are those of the service.
class ApiLimitsHttpTest extends AbstractTurnHttpTest {

  @Test
  void aParameterIsAcceptedUpToItsDescribedBounds() {
    for (var operation : readers()) {
      for (var parameter : operation.parameters("query").toList()) {
        within(parameter.path("schema"))
            .forEach(
                value -> assertThat(asked(operation, parameter, value).status()).isEqualTo(200));
        beyond(parameter.path("schema"))
            .forEach(value -> {
              var refused = expect(400, asked(operation, parameter, value));
              assertThat(refused.json().at("/errors/0/pointer").stringValue())
                  .isEqualTo(parameter.path("name").stringValue());
            });
      }
    }
  }

  @Test
  void aMemberIsAcceptedUpToItsDescribedLength() {
    assertLengths("StartThread", member -> client.post("/v1/threads", "{" + member + "}"));
    assertLengths(
        "Item",
        member -> {
          var type = member.startsWith("\"type\"") ? "" : ",\"type\":\"x\"";
          var item = "{\"payload\":1%s,%s}".formatted(type, member);
          return client.post(turn(thread, turn) + "/items", "{\"items\":[" + item + "]}");
        });
  }

  @Test
  void aPageWithoutALimitHasTheDescribedDefault() {
    var items = Stream.generate(() -> "1").limit(1001).toArray(String[]::new);
    expect(200, client.append(thread, turn, items));
    for (int n = 0; n < 30; n++) {
      client.startThread();
    }

    for (var name : List.of("listItems", "listThreads")) {
      var operation =
          api.operations().stream()
              .filter(one -> one.name().equals(name))
              .findFirst()
              .orElseThrow();
      var limit =
          operation
              .parameters("query")
              .filter(parameter -> parameter.path("name").stringValue().equals("limit"))
              .findFirst()
              .orElseThrow();
      assertThat(expect(200, client.get(path(operation))).json().path("data"))
          .hasSize(limit.at("/schema/default").intValue());
    }
  }

  private void assertLengths(
      String schema, java.util.function.Function<String, RollbookClient.Answer> sent) {
    api.document()
        .at("/components/schemas/" + schema + "/properties")
        .propertyStream()
        .filter(member -> member.getValue().has("maxLength"))
        .forEach(member -> {
          int longest = member.getValue().path("maxLength").intValue();
          var text = "\"%s\":\"%s\"".formatted(member.getKey(), "x".repeat(longest));
          assertThat(sent.apply(text).status()).as(member.getKey()).isBetween(200, 201);
          var longer = text.replaceFirst("x\"$", "xx\"");
          assertThat(expect(400, sent.apply(longer)).json().at("/errors/0/pointer").stringValue())
              .endsWith("/" + member.getKey());
        });
  }

  private List<Operation> readers() {
    return api.operations().stream()
        .filter(operation -> operation.method().equals("GET"))
        .filter(operation -> !operation.path().endsWith("/events"))
        .filter(operation -> operation.parameters("query").findAny().isPresent())
        .toList();
  }

  private static Stream<String> within(JsonNode schema) {
    return Stream.concat(
        schema.path("enum").valueStream().map(JsonNode::stringValue),
        Stream.of("minimum", "maximum", "default")
            .filter(schema::has)
            .map(bound -> schema.path(bound).asString()));
  }

  private static Stream<String> beyond(JsonNode schema) {
    return Stream.of(
            schema.has("enum") ? "another" : null,
            schema.has("minimum") ? "" + (schema.path("minimum").longValue() - 1) : null,
            schema.has("maximum") ? "" + (schema.path("maximum").longValue() + 1) : null,
            schema.has("maxLength") ? "x".repeat(schema.path("maxLength").intValue() + 1) : null,
            schema.path("type").stringValue().equals("string") && !schema.has("format")
                ? null
                : "x")
        .filter(value -> value != null);
  }

  private RollbookClient.Answer asked(Operation operation, JsonNode parameter, String value) {
    var name = parameter.path("name").stringValue();
    var words = operation.name().equals("search") && !name.equals("q") ? "q=x&" : "";
    return client.get("%s?%s%s=%s".formatted(path(operation), words, name, value));
  }

  private String path(Operation operation) {
    return operation
        .path()
        .replace("{threadId}", thread)
        .replace("{turnId}", turn)
        .replace("{importId}", UUID.randomUUID().toString());
  }
}
