package dev.rollbook.web.security;

import dev.rollbook.access.AccessPolicy;
import dev.rollbook.web.security.access.Caller;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Settings of access control: how clients authenticate, and what happens if they cannot.
///
/// @param mode `closed`: without authentication, the service starts only if its addresses are
///   loopback addresses. `none`: the service starts on any address without authentication, and each
///   start logs a WARN line.
/// @param tokensFile File with the hashes of the tokens that clients authenticate with. Only its
///   owner may be allowed to read the file. The file is read again when it changes.
/// @param localToken Whether a token is created in the file `token` of the data-dir, unless the
///   file exists. This token has all scopes. Every client has to send this token or one of
///   `rollbook.security.tokens-file`.
/// @param isolation Which threads and imports a caller can see, if clients have to authenticate.
///   `tenant`: those of its tenant. `owner`: those that it has created itself. `none`: all.
/// @param defaultTenant Tenant of the threads that were created without authentication or by
///   another program, of a watched `CODEX_HOME`, and of tokens that name no tenant.
/// @param failedCredentials Number of refused credentials that an address may send in a minute.
///   Further ones get 429 for one to two minutes. Accepted credentials are not affected. Allowed: 1
///   or more.
@ConfigurationProperties("rollbook.security")
public record SecurityProperties(
    @DefaultValue("closed") Mode mode,
    @Nullable Path tokensFile,
    @DefaultValue("false") boolean localToken,
    @DefaultValue("tenant") AccessPolicy.Isolation isolation,
    @DefaultValue("default") String defaultTenant,
    @DefaultValue("10") int failedCredentials) {
  public SecurityProperties {
    if (failedCredentials < 1) {
      throw new IllegalArgumentException(
          "rollbook.security.failed-credentials must be at least 1 but is " + failedCredentials);
    }
    if (!Caller.TENANT.matcher(defaultTenant).matches()) {
      throw new IllegalArgumentException(
          "rollbook.security.default-tenant must be %s but is %s"
              .formatted(Caller.TENANT_RULE, defaultTenant));
    }
  }

  /// What to do if no authentication is configured.
  public enum Mode {
    CLOSED,
    NONE
  }

  /// @param authenticated whether clients have to authenticate; if not, there are no callers to
  ///   keep apart
  AccessPolicy accessPolicy(boolean authenticated) {
    return new AccessPolicy(authenticated ? isolation : AccessPolicy.Isolation.NONE, defaultTenant);
  }

  /// Whether clients can authenticate by a token of Rollbook.
  boolean hasTokens() {
    return tokensFile != null || localToken;
  }
}
