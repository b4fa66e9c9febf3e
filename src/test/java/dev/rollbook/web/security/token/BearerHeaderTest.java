package dev.rollbook.web.security.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.server.resource.web.DefaultBearerTokenResolver;

/// A bearer token is read as Spring Security reads it.
class BearerHeaderTest {
  private static final String MALFORMED = "malformed";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "B",
        "Bearer",
        "bearer",
        "Bearer ",
        "Bearer  x",
        "Bearer x ",
        "Bearer x y",
        "Bearerx",
        "Bearer\tx",
        "Bearer x,y",
        "Bearer =",
        "Bearer ==",
        "Bearer x=",
        "Bearer x==",
        "Bearer x=y",
        "Bearer =x",
        "BEARER abc",
        "bEaReR -._~+/0aZ",
        "Bearer \u00e9",
        "Bearer \u212a",
        "Bearer \u017f",
        "Bearer x\n",
        "Bearer x\u0085",
        " Bearer x",
        "Basic eDp4",
        "Digest x"
      })
  void aHeaderIsReadAsSpringSecurityReadsIt(String header) {
    assertThat(read(header)).isEqualTo(expected(header));
  }

  @Test
  void noHeaderIsNoToken() {
    assertThat(new BearerHeader().convert(new MockHttpServletRequest())).isNull();
  }

  @Test
  void randomHeadersAreReadAsSpringSecurityReadsThem() {
    var random = new Random(7);
    var parts = new String[] {"Bearer", "bearer", " ", "a", "Z", "9", "=", "-", "_", "%", "@", "é"};
    for (int n = 0; n < 20_000; n++) {
      var header = new StringBuilder(random.nextBoolean() ? "Bearer " : "");
      for (int part = random.nextInt(6); part > 0; part--) {
        header.append(parts[random.nextInt(parts.length)]);
      }
      assertThat(read(header.toString())).as("%s", header).isEqualTo(expected(header.toString()));
    }
  }

  private static @Nullable String read(String header) {
    try {
      return Stream.ofNullable(new BearerHeader().convert(request(header)))
          .map(read -> Objects.requireNonNull(read.getPrincipal()).toString())
          .peek(BearerHeader::requireSyntax)
          .findFirst()
          .orElse(null);
    } catch (AuthenticationException e) {
      return MALFORMED;
    }
  }

  /// A line break at the end cannot be in a header; the expression of Spring Security ignores it.
  private static @Nullable String expected(String header) {
    try {
      return header.matches("(?s).*[\n\u0085]")
          ? MALFORMED
          : new DefaultBearerTokenResolver().resolve(request(header));
    } catch (AuthenticationException e) {
      return MALFORMED;
    }
  }

  private static MockHttpServletRequest request(String header) {
    var request = new MockHttpServletRequest();
    request.addHeader("Authorization", header);
    return request;
  }
}
