package dev.rollbook.api.docs;

import static dev.rollbook.http.RollbookClient.expect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.ApiDescription;
import dev.rollbook.http.ApiDescription.Operation;
import dev.rollbook.http.HttpTest;
import dev.rollbook.http.RollbookClient;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.ParseOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.ClassUtils;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.JsonNode;

/// The OpenAPI description lists exactly the calls, parameters and error codes of the service. That
/// responses match it is checked by `ApiContractValidator` in every test.
class ApiDescriptionHttpTest extends HttpTest {
  /// Other words in backticks are members and headers: only two codes have one word.
  private static final Pattern CODE =
      Pattern.compile("`(unauthenticated|forbidden|[a-z]+(?:_[a-z]+)+)`");

  @Test
  void isValidOpenApi() {
    var options = new ParseOptions();
    options.setResolve(true);

    var parsed = new OpenAPIV3Parser().readContents(api.text(), null, options);

    assertThat(parsed.getMessages()).isEmpty();
    assertThat(parsed.isOpenapi31()).isTrue();
    assertThat(parsed.getOpenAPI().getOpenapi()).startsWith("3.1.");
    assertThat(api.operations()).extracting(Operation::name).doesNotHaveDuplicates();
  }

  @Test
  void isServedAsJsonOnly() {
    var answer = expect(200, client.get(ApiDescription.PATH));

    assertThat(answer.contentType()).isEqualTo("application/json");
    assertThat(answer.text()).isEqualTo(api.text());
    assertThat(expect(406, client.get(ApiDescription.PATH, "accept", "text/html")).at("code"))
        .isEqualTo("not_acceptable");
    assertThat(expect(405, client.delete(ApiDescription.PATH)).at("code"))
        .isEqualTo("method_not_allowed");
  }

  @Test
  void describesExactlyTheCallsAndParametersOfTheControllers() {
    var described =
        api.operations().stream()
            .collect(
                Collectors.toMap(
                    operation -> operation.method() + " " + operation.path(),
                    ApiDescriptionHttpTest::queryNames,
                    (one, other) -> one,
                    TreeMap::new));

    assertThat(described).isEqualTo(handled());
  }

  @Test
  void hasTheErrorCodesOfTheManual() throws IOException {
    var manual = Files.readString(Path.of("src/docs/api.md"));
    var errors = manual.substring(manual.indexOf("\n## Errors"));
    var rows = errors.lines().filter(line -> line.startsWith("| ")).collect(Collectors.joining());
    var codes = new TreeSet<String>();
    CODE.matcher(rows).results().forEach(found -> codes.add(found.group(1)));

    assertThat(codes).isEqualTo(words("ProblemCode"));
  }

  /// A generator names a class after each schema, and numbers or mangles one for each choice that
  /// has no name.
  @Test
  void hasNamesThatClientGeneratorsCanUse() {
    var schemas = expect(200, client.get(ApiDescription.PATH)).json().at("/components/schemas");

    assertThat(schemas.propertyNames())
        .noneMatch(name -> ClassUtils.isPresent("java.lang." + name, null));
    schemas
        .propertyStream()
        .forEach(schema ->
            schema.getValue().forEach(part -> assertNoChoiceWithin(schema.getKey(), part)));
  }

  private static void assertNoChoiceWithin(String schema, JsonNode part) {
    for (var choice : List.of("anyOf", "oneOf")) {
      assertThat(part.path(choice).valueStream().filter(one -> !isNull(one)))
          .as("%s in %s", choice, schema)
          .hasSizeLessThan(2);
    }
    part.forEach(child -> assertNoChoiceWithin(schema, child));
  }

  private static boolean isNull(JsonNode schema) {
    return schema.path("type").asString("").equals("null");
  }

  @Test
  void itsExamplesMatchTheirSchemas() {
    for (var operation : api.operations()) {
      assertExamples(operation.pointer() + "/requestBody", operation);
      operation
          .description()
          .path("responses")
          .propertyNames()
          .forEach(
              status -> assertExamples(operation.pointer() + "/responses/" + status, operation));
    }
  }

  /// As whoever opens the page and presses Execute again and again.
  @Test
  void itsExamplesCanBeSentOneAfterTheOther() {
    execute("startThread", "start", 201);
    execute("startTurn", "text", 201);
    execute("appendToTurn", "message", 200);
    execute("completeTurn", "usage", 200);
    var items = execute("listItems", null, 200);
    execute("listThreads", null, 200);
    execute("search", null, 200);
    execute("getThread", null, 200);
    execute("changeThread", "rename", 200);
    execute("deleteThread", null, 204);

    assertThat(items.json().path("data").findValuesAsString("message")).contains("Hello!");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/swagger-ui", "/swagger-ui/", "/swagger-ui.html"})
  void thePageIsServed(String path) {
    assertThat(expect(302, client.get(path)).header("location")).endsWith("/swagger-ui/index.html");
  }

  @Test
  void thePageHasAllItsResourcesAndNoOtherPathIsServed() {
    var page = expect(200, client.get("/swagger-ui/index.html"));
    var files =
        Pattern.compile("(?:href|src)=\"([^\"]+)\"")
            .matcher(page.text())
            .results()
            .map(found -> found.group(1))
            .toList();

    assertThat(page.contentType()).startsWith("text/html");
    assertThat(files).contains("swagger-ui.css", "swagger-ui-bundle.js", "swagger-initializer.js");
    files.forEach(file -> expect(200, client.get("/swagger-ui/" + file)));
    for (var nothing : new String[] {"/swagger-ui/nothing.js", "/", "/index.html", "/webjars/"}) {
      assertThat(expect(404, client.get(nothing)).at("code")).isEqualTo("not_found");
    }
    assertThat(expect(405, client.post("/swagger-ui/index.html")).at("code"))
        .isEqualTo("method_not_allowed");
  }

  private RollbookClient.Answer execute(String name, String example, int status) {
    var operation =
        api.operations().stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
    var path = operation.path();
    for (var parameter : operation.parameters("path").toList()) {
      path =
          path.replace(
              "{" + parameter.path("name").stringValue() + "}",
              parameter.path("example").stringValue());
    }
    var query =
        operation
            .parameters("query")
            .filter(parameter -> parameter.has("example"))
            .map(parameter ->
                parameter.path("name").stringValue()
                    + "="
                    + parameter.path("example").stringValue())
            .collect(Collectors.joining("&"));
    var body =
        operation.description().at("/requestBody/content/application~1json/examples/" + example);
    var bytes =
        example == null
            ? new byte[0]
            : body.path("value").toString().getBytes(StandardCharsets.UTF_8);
    return expect(
        status,
        client.send(
            operation.method(),
            path + (query.isEmpty() ? "" : "?" + query),
            bytes,
            "content-type",
            "application/json"));
  }

  private void assertExamples(String pointer, Operation operation) {
    var content = api.document().at(pointer).path("content");
    for (var type : content.propertyNames()) {
      var schema = "%s/content/%s/schema".formatted(pointer, ApiDescription.escaped(type));
      for (var example : content.path(type).path("examples")) {
        var value = api.resolved(example).path("value");
        assertThat(api.violations(schema, value)).as("%s: %s", pointer, value).isEmpty();
      }
      if (!content.path(type).at("/schema/format").stringValue("").equals("binary")) {
        assertThat(content.path(type).path("examples")).as(pointer).isNotEmpty();
      }
    }
  }

  private static Set<String> queryNames(Operation operation) {
    return operation
        .parameters("query")
        .map(parameter -> parameter.path("name").stringValue())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /// What controllers are there for, each with the names of its query parameters.
  private Map<String, Set<String>> handled() {
    var handled = new TreeMap<String, Set<String>>();
    context
        .getBean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class)
        .getHandlerMethods()
        .forEach((mapping, handler) ->
            mapping.getPatternValues().stream()
                .filter(path -> path.startsWith("/v1/"))
                .flatMap(path ->
                    mapping.getMethodsCondition().getMethods().stream()
                        .map(method -> method + " " + path))
                .forEach(call ->
                    handled
                        .computeIfAbsent(call, first -> new TreeSet<>())
                        .addAll(parameters(handler))));
    return handled;
  }

  private static Set<String> parameters(HandlerMethod handler) {
    return Arrays.stream(handler.getMethod().getParameters())
        .filter(parameter -> parameter.isAnnotationPresent(RequestParam.class))
        .map(parameter ->
            Stream.of(parameter.getAnnotation(RequestParam.class).name(), parameter.getName())
                .filter(name -> !name.isEmpty())
                .findFirst()
                .orElseThrow())
        .collect(Collectors.toSet());
  }

  private Set<String> words(String schema) {
    return api.document()
        .at("/components/schemas/" + schema + "/enum")
        .valueStream()
        .map(JsonNode::stringValue)
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
