package dev.rollbook.web.security;

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
@ConfigurationProperties("rollbook.security")
public record SecurityProperties(
    @DefaultValue("closed") Mode mode,
    @Nullable Path tokensFile,
    @DefaultValue("false") boolean localToken) {
  /// What to do if no authentication is configured.
  public enum Mode {
    CLOSED,
    NONE
  }

  /// Whether clients have to authenticate.
  public boolean requiresAuthentication() {
    return tokensFile != null || localToken;
  }
}
