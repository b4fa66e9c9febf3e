package dev.rollbook.web.security.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.HttpTest;
import dev.rollbook.web.http.MediaTypes;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.servlet.HandlerMapping;
import org.springframework.web.servlet.handler.AbstractUrlHandlerMapping;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.RequestMappingInfoHandlerMapping;

/// Every handler of the service has an access rule, and only named ones need no token.
class AccessRulesHttpTest extends HttpTest {
  private static final Set<String> METHODS = Set.of("GET", "POST", "PUT", "PATCH", "DELETE");

  @Test
  void everyHandlerHasARule() {
    assertThat(calls()).hasSizeGreaterThan(40).allMatch(call -> rule(call).isPresent());
  }

  /// A line that is added here is open to everybody: it must hold no data.
  @Test
  void onlyProbesTheConsoleAndTheApiPageNeedNoToken() {
    var open =
        calls().stream()
            .filter(call -> rule(call).orElseThrow().isOpen())
            .filter(call -> !call.path().equals("/error"))
            .map(call -> call.method() + " " + call.path());

    assertThat(open)
        .containsOnly(
            "GET /",
            "GET /console",
            "GET /console/",
            "GET /console/assets/**",
            "GET /console/*",
            "GET /swagger-ui",
            "GET /swagger-ui/",
            "GET /swagger-ui.html",
            "GET /swagger-ui/**",
            "GET /v3/api-docs",
            "GET /actuator/health");
    assertThat(rule(new Call("GET", "/actuator/health/liveness")).orElseThrow().isOpen()).isTrue();
    assertThat(rule(new Call("GET", "/actuator/health/readiness")).orElseThrow().isOpen()).isTrue();
    assertThat(rule(new Call("GET", "/actuator/health/stateDb")).orElseThrow().isOpen()).isFalse();
  }

  @Test
  void noRuleIsBehindAnotherThatCatchesItsRequests() {
    var rules = AccessRules.all();
    for (var rule : rules) {
      var method = rule.methods().stream().findFirst().map(Object::toString).orElse("GET");
      var request = request(new Call(method, rule.pattern()));
      switch (rule.form()) {
        case ANY -> {}
        case OTHER_FORMAT -> request.setQueryString("format");
        case ROLLOUT_BODY -> request.setContentType(MediaTypes.NDJSON);
      }
      var first = AccessRules.of(request);
      assertThat(first).as(rule.toString()).hasValue(rule);
    }
  }

  @Test
  void aRolloutInAnotherFormatNeedsTheScopeOfExports() {
    var request = request(new Call("GET", "/v1/threads/{threadId}/rollout"));
    assertThat(rule(request).orElseThrow().scopes()).containsExactly(Scope.READ);

    for (var query : List.of("format=codex", "limit=1&format", "%66ormat=codex", "format=%")) {
      request.setQueryString(query);
      assertThat(rule(request).orElseThrow().scopes()).as(query).containsExactly(Scope.EXPORT);
    }
  }

  @Test
  void onlyAnImportOfABodyThatIsARolloutNeedsNotTheScopeOfOperators() {
    var request = request(new Call("POST", "/v1/imports"));
    for (var type : List.of("application/json", "text/plain", "", "x/y; a=application/zstd")) {
      request.setContentType(type);
      assertThat(rule(request).orElseThrow().scopes())
          .as(type)
          .containsExactly(Scope.IMPORT, Scope.OPERATE);
    }
    for (var type : List.of("application/x-ndjson", "Application/ZSTD; a=b")) {
      request.setContentType(type);
      assertThat(rule(request).orElseThrow().scopes()).as(type).containsExactly(Scope.IMPORT);
    }
  }

  private record Call(String method, String path) {}

  private Set<Call> calls() {
    var calls = new TreeSet<Call>(Comparator.comparing(Call::toString));
    for (var mapping : context.getBeansOfType(HandlerMapping.class).values()) {
      switch (mapping) {
        case RequestMappingInfoHandlerMapping methods ->
            methods.getHandlerMethods().keySet().stream()
                .flatMap(AccessRulesHttpTest::calls)
                .forEach(calls::add);
        case AbstractUrlHandlerMapping urls ->
            urls.getHandlerMap().keySet().forEach(path -> calls.add(new Call("GET", path)));
        default -> {}
      }
    }
    return calls;
  }

  private static Stream<Call> calls(RequestMappingInfo mapping) {
    var given = mapping.getMethodsCondition().getMethods();
    var methods = given.isEmpty() ? METHODS : names(given);
    return mapping.getPatternValues().stream()
        .flatMap(path -> methods.stream().map(method -> new Call(method, path)));
  }

  private static List<String> names(Set<RequestMethod> methods) {
    return methods.stream().map(Enum::name).toList();
  }

  private static Optional<AccessRule> rule(Call call) {
    return rule(request(call));
  }

  private static Optional<AccessRule> rule(MockHttpServletRequest request) {
    return AccessRules.of(request);
  }

  private static MockHttpServletRequest request(Call call) {
    var path = call.path().replaceAll("\\{[^}]*}|\\*\\*", "x");
    return new MockHttpServletRequest(call.method(), path);
  }
}
