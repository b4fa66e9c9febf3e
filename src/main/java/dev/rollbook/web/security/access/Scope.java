package dev.rollbook.web.security.access;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.springframework.security.core.GrantedAuthority;

/// What a caller is allowed to do. [AccessRules] says which call needs which scopes.
///
/// A scope is also the authority of Spring Security that grants it, such as `SCOPE_read`.
public enum Scope implements GrantedAuthority {
  /// Read threads, items and events; search.
  READ,
  /// Start, resume and fork threads; start and end turns; append items; repair gaps.
  APPEND,
  /// Change, archive, shut down, discard and delete threads.
  MANAGE,
  IMPORT,
  EXPORT,
  /// Read the meters in the format of Prometheus.
  METRICS,
  /// All other actuator endpoints; imports from paths and exports to paths of the server.
  OPERATE,
  /// Use the other scopes on the threads and imports of all tenants and owners.
  ALL_TENANTS;

  /// The wire names of all scopes, with commas between them.
  public static final String ALL_NAMES =
      Arrays.stream(values()).map(Scope::wireName).collect(Collectors.joining(", "));

  private static final String AUTHORITY_PREFIX = "SCOPE_";

  private final String wireName = name().toLowerCase(Locale.ROOT).replace('_', '-');
  private final String authority = AUTHORITY_PREFIX + wireName;

  /// Name in tokens files, in problems and in the manual.
  public String wireName() {
    return wireName;
  }

  @Override
  public String getAuthority() {
    return authority;
  }

  public static Optional<Scope> parse(String wireName) {
    return Arrays.stream(values()).filter(scope -> scope.wireName().equals(wireName)).findFirst();
  }

  /// The wire name of the scope that an authority stands for.
  public static String nameOf(GrantedAuthority authority) {
    return String.valueOf(authority.getAuthority()).substring(AUTHORITY_PREFIX.length());
  }
}
