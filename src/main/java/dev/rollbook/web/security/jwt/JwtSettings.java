package dev.rollbook.web.security.jwt;

import com.nimbusds.jose.JWSAlgorithm;
import dev.rollbook.model.StartupException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.security.oauth2.server.resource.autoconfigure.OAuth2ResourceServerProperties;
import org.springframework.core.env.Environment;

/// The settings of Spring Boot for JSON Web Tokens, checked: where the keys are, and for whom
/// tokens must be.
///
/// @param issuer value of the claim `iss`; null if it is not checked
/// @param jwkSetUri where the keys are; null if the issuer says where
/// @param audiences values of the claim `aud`, of which a token must have one
record JwtSettings(
    @Nullable String issuer,
    @Nullable String jwkSetUri,
    List<String> audiences,
    Set<JWSAlgorithm> algorithms) {
  private static final String PREFIX = "spring.security.oauth2.resourceserver";
  private static final String JWT = PREFIX + ".jwt.";

  static boolean isConfigured(Environment environment) {
    return environment.containsProperty(JWT + "issuer-uri")
        || environment.containsProperty(JWT + "jwk-set-uri")
        || environment.containsProperty(JWT + "public-key-location");
  }

  /// @throws StartupException if the settings cannot be used
  static JwtSettings of(Environment environment) {
    var jwt =
        Binder.get(environment).bindOrCreate(PREFIX, OAuth2ResourceServerProperties.class).getJwt();
    if (jwt.getPublicKeyLocation() != null) {
      throw refused(
          JWT + "public-key-location is not supported.",
          "Set %sissuer-uri or %sjwk-set-uri instead.".formatted(JWT, JWT));
    }
    if (jwt.getAudiences().isEmpty()) {
      throw refused(
          JWT + "audiences is not set, so tokens for other services would be accepted.",
          "Set it to the name that the issuer writes into the claim aud of tokens for Rollbook.");
    }
    var algorithms =
        jwt.getJwsAlgorithms().stream()
            .map(JWSAlgorithm::parse)
            .collect(Collectors.toUnmodifiableSet());
    for (var algorithm : algorithms) {
      if (!JWSAlgorithm.Family.RSA.contains(algorithm)
          && !JWSAlgorithm.Family.EC.contains(algorithm)) {
        throw refused(
            JWT
                + "jws-algorithms has "
                + algorithm
                + ", which is not a signature with a public key.",
            "Use RS256, PS256, ES256 or their longer forms.");
      }
    }
    return new JwtSettings(
        jwt.getIssuerUri(), jwt.getJwkSetUri(), List.copyOf(jwt.getAudiences()), algorithms);
  }

  private static StartupException refused(String what, String remedy) {
    return new StartupException(what, remedy);
  }
}
