package dev.rollbook.web.security.token;

import dev.rollbook.web.security.access.Scope;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.authentication.preauth.PreAuthenticatedAuthenticationToken;

/// What is stored of a token: its hash, and whom it authenticates.
///
/// @param sha256 of the token, in hexadecimal digits
/// @param expires null if the token does not expire
record TokenEntry(String keyId, Caller caller, String sha256, @Nullable Instant expires) {
  /// Compares in constant time.
  boolean isOf(Token token) {
    return MessageDigest.isEqual(HexFormat.of().parseHex(sha256), token.sha256());
  }

  boolean isExpired(Instant now) {
    return expires != null && !now.isBefore(expires);
  }

  /// Everything but the hash.
  Map<String, Object> summary() {
    var summary = new LinkedHashMap<String, Object>();
    summary.put("key", keyId);
    summary.put("principal", caller.name());
    summary.put("tenant", caller.tenant());
    summary.put("scopes", caller.scopes().stream().sorted().map(Scope::wireName).toList());
    if (expires != null) {
      summary.put("expires", expires.toString());
    }
    return summary;
  }

  Authentication authentication() {
    return new PreAuthenticatedAuthenticationToken(caller, null, caller.scopes());
  }
}
