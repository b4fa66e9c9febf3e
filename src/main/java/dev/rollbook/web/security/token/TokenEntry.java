package dev.rollbook.web.security.token;

import dev.rollbook.web.security.access.Caller;
import dev.rollbook.web.security.access.RevocableAuthentication;
import dev.rollbook.web.security.access.Scope;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.Authentication;

/// What is stored of a token: its hash, and whom it authenticates. Everything that a request needs
/// is computed once.
public final class TokenEntry {
  private final String keyId;
  private final Caller caller;
  private final byte[] sha256;
  private final Authentication authentication;
  private volatile boolean revoked;

  /// The token, once a request had it: comparing it takes a tenth of the time of hashing.
  private volatile byte @Nullable [] known;

  /// @param sha256 hash of the token
  /// @param expires null if the token does not expire
  TokenEntry(
      String keyId,
      String principal,
      String tenant,
      Set<Scope> scopes,
      byte[] sha256,
      @Nullable Instant expires) {
    this.keyId = keyId;
    this.caller = new Caller(principal, tenant, scopes, Caller.Mechanism.TOKEN, keyId, expires);
    this.sha256 = sha256.clone();
    this.authentication = new RevocableAuthentication(caller, this::isRevoked);
  }

  String keyId() {
    return keyId;
  }

  public Caller caller() {
    return caller;
  }

  /// The hash in hexadecimal digits.
  public String sha256() {
    return HexFormat.of().formatHex(sha256);
  }

  /// Compares in constant time.
  boolean isOf(Token token) {
    var given = token.bytes();
    var seen = known;
    if (seen != null && MessageDigest.isEqual(seen, given)) {
      return true;
    }
    boolean same = MessageDigest.isEqual(sha256, token.sha256());
    if (same) {
      known = given;
    }
    return same;
  }

  /// The same object for all requests with the token, so it must not be changed.
  Authentication authentication() {
    return authentication;
  }

  /// Whether the entry was removed from the tokens file, or replaced by another one.
  public boolean isRevoked() {
    return revoked;
  }

  /// Ends what runs with the token and looks at its credential again.
  void revoke() {
    revoked = true;
  }

  /// Whether another entry is for the same token and allows the same.
  boolean isSame(TokenEntry other) {
    return caller.equals(other.caller) && Arrays.equals(sha256, other.sha256);
  }

  /// Everything but the hash.
  Map<String, Object> summary() {
    var summary = new LinkedHashMap<String, Object>();
    summary.put("key", keyId);
    summary.put("principal", caller.principal());
    summary.put("tenant", caller.tenant());
    summary.put("scopes", caller.scopes().stream().sorted().map(Scope::wireName).toList());
    var expires = caller.expires();
    if (expires != null) {
      summary.put("expires", expires.toString());
    }
    return summary;
  }
}
