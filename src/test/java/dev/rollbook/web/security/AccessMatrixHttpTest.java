package dev.rollbook.web.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.ApiDescription.Operation;
import dev.rollbook.http.RawRequest;
import dev.rollbook.web.security.access.Scope;
import dev.rollbook.web.security.token.TokensFile;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Every call of the API and of the actuator, with no token, with wrong ones, and with each scope.
class AccessMatrixHttpTest extends AbstractAuthenticationHttpTest {
  @Test
  void everyCallIsRefusedWithoutATokenThatIsAccepted() {
    var revoked = TokensFile.create(temporary()).token("all", EnumSet.allOf(Scope.class));
    var guessed = ALL.substring(0, 11) + revoked.substring(11);
    assertThat(api.operations()).hasSizeGreaterThan(30);
    for (var operation : api.operations()) {
      assertUnauthenticated(request(operation).head(port), "Bearer");
      for (var token : List.of(EXPIRED, revoked, guessed, "x", "rbk_", ALL + "x")) {
        assertUnauthenticated(
            with(token, request(operation)).head(port), "Bearer error=\"invalid_token\"");
      }
      assertUnauthenticated(
          request(operation).header("Authorization", "Basic eDp4").head(port), "Bearer");
      assertUnauthenticated(
          request(operation).header("Authorization", "Bearer").head(port),
          "Bearer error=\"invalid_token\"");
    }
  }

  @Test
  void everyCallNeedsExactlyItsDescribedScopes() {
    var calls = calls();
    assertThat(calls).hasSizeGreaterThan(api.operations().size());
    for (var call : calls) {
      assertThat(call.scopes()).as(call.toString()).isNotEmpty();
      for (var scope : call.scopes()) {
        var refused = with(TOKENS.token("without-" + scope.wireName()), call.request()).send(port);
        assertForbidden(refused, scope.wireName());
      }
      assertThat(with(tokenWithOnly(call.scopes()), call.request()).head(port).status())
          .as(call.toString())
          .isNotIn(401, 403, 405);
    }
  }

  @ParameterizedTest
  @EnumSource(Scope.class)
  void oneScopeAllowsNoOtherCall(Scope scope) {
    for (var call : calls()) {
      var missing = EnumSet.copyOf(call.scopes());
      missing.remove(scope);
      if (!missing.isEmpty()) {
        var refused = with(TOKENS.token("only-" + scope.wireName()), call.request()).send(port);
        assertForbidden(refused, missing.iterator().next().wireName());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/actuator",
        "/actuator/health/stateDb",
        "/actuator/info",
        "/actuator/metrics",
        "/actuator/loggers",
        "/actuator/searchindex",
        "/actuator/reconcile",
        "/actuator/retention",
        "/actuator/sbom"
      })
  void theManagementPortNeedsTheScopeOperate(String path) {
    assertUnauthenticated(RawRequest.of("GET", path).send(managementPort), "Bearer");
    assertForbidden(get("without-operate", path).send(managementPort), "operate");
    assertThat(get("only-operate", path).send(managementPort).status()).isEqualTo(200);
    assertForbidden(
        with(TOKENS.token("without-operate"), RawRequest.of("POST", path)).send(managementPort),
        "operate");
    assertThat(get("all", path).send(port).status()).isEqualTo(404);
  }

  @Test
  void metersNeedTheScopeMetrics() {
    var path = "/actuator/prometheus";

    assertUnauthenticated(RawRequest.of("GET", path).send(managementPort), "Bearer");
    assertForbidden(get("without-metrics", path).send(managementPort), "metrics");
    assertThat(get("only-metrics", path).send(managementPort).body())
        .contains("rollout_append_seconds");
  }

  @Test
  void probesAndTheStatusAreOpenAndOnlyOperatorsSeeDetails() {
    for (var probe : List.of("/actuator/health/liveness", "/actuator/health/readiness")) {
      assertThat(RawRequest.of("GET", probe).send(managementPort).status()).isEqualTo(200);
    }
    var health = "/actuator/health";
    assertThat(RawRequest.of("GET", health).send(managementPort).body())
        .contains("\"status\"")
        .doesNotContain("components");
    assertThat(get("without-operate", health).send(managementPort).body())
        .doesNotContain("components");
    assertThat(get("only-operate", health).send(managementPort).body())
        .contains("\"authentication\"", "\"principal\":\"only-append\"", "\"stateDb\"");
  }

  /// A call, or its requests with one type of body if the body decides which scopes it needs.
  ///
  /// @param type empty for all types
  private record Call(Operation operation, String type, Set<Scope> scopes) {
    RawRequest request() {
      var request = AccessMatrixHttpTest.request(operation);
      return type.isEmpty() ? request : request.header("Content-Type", type);
    }

    @Override
    public String toString() {
      return operation.name() + " " + type;
    }
  }

  private List<Call> calls() {
    return api.operations().stream().flatMap(AccessMatrixHttpTest::calls).toList();
  }

  private static Stream<Call> calls(Operation operation) {
    var ofTypes =
        operation
            .description()
            .at("/requestBody/content")
            .propertyStream()
            .filter(body -> body.getValue().has("x-scopes"))
            .map(body ->
                new Call(operation, body.getKey(), scopes(body.getValue().path("x-scopes"))))
            .toList();
    return ofTypes.isEmpty()
        ? Stream.of(
            new Call(operation, "", scopes(operation.description().at("/security/0/token"))))
        : ofTypes.stream();
  }

  private static String tokenWithOnly(Set<Scope> scopes) {
    var names = scopes.stream().map(Scope::wireName).toList();
    return TOKENS.token(
        scopes.size() == 1 ? "only-" + names.getFirst() : String.join("-and-", names));
  }

  private static RawRequest request(Operation operation) {
    var path = operation.path().replaceAll("\\{[^}]*}", "01a20400-0000-7000-8000-00000000000f");
    return RawRequest.of(operation.method(), path);
  }

  private static Set<Scope> scopes(JsonNode names) {
    var scopes = EnumSet.noneOf(Scope.class);
    names.forEach(name -> scopes.add(Scope.parse(name.stringValue()).orElseThrow()));
    return scopes;
  }
}
