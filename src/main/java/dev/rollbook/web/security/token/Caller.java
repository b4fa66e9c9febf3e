package dev.rollbook.web.security.token;

import dev.rollbook.web.security.access.Scope;
import java.util.Set;
import org.springframework.security.core.AuthenticatedPrincipal;

/// The program or person that sends a request, as its token names it.
///
/// @param tenant shown to operators; does not restrict the caller
public record Caller(String name, String tenant, Set<Scope> scopes)
    implements AuthenticatedPrincipal {
  static final String DEFAULT_TENANT = "default";

  public Caller {
    scopes = Set.copyOf(scopes);
  }

  @Override
  public String getName() {
    return name;
  }
}
