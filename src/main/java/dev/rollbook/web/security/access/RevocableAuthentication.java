package dev.rollbook.web.security.access;

import java.util.function.BooleanSupplier;
import org.springframework.security.web.authentication.preauth.PreAuthenticatedAuthenticationToken;

/// A caller whose credential can be revoked while the request runs.
public final class RevocableAuthentication extends PreAuthenticatedAuthenticationToken {
  private final transient BooleanSupplier revoked;

  /// @param revoked whether the credential has been revoked; never again false
  public RevocableAuthentication(Caller caller, BooleanSupplier revoked) {
    super(caller, null, caller.scopes());
    this.revoked = revoked;
  }

  boolean isRevoked() {
    return revoked.getAsBoolean();
  }
}
