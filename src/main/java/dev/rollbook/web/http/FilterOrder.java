package dev.rollbook.web.http;

import org.springframework.core.Ordered;

/// Order of Rollbook's servlet filters. The first constant is the filter that runs first.
///
/// One filter of Spring runs before all of them, if enabled: the filter for forwarded headers.
public final class FilterOrder {
  /// Before all others, so that requests that they refuse are counted, too. Spring's observation,
  /// which replaces it in the profile `tracing`, has the same order.
  public static final int METERS = Ordered.HIGHEST_PRECEDENCE + 1;

  /// First of those that refuse, before a request takes a permit, memory or a byte of its body.
  public static final int ORIGIN = Ordered.HIGHEST_PRECEDENCE + 2;

  /// Before all filters that decide by the path.
  public static final int STRICT_PATH = Ordered.HIGHEST_PRECEDENCE + 3;

  /// After those that need no token, and before a request takes a permit, memory or a byte of its
  /// body.
  public static final int AUTHENTICATION = Ordered.HIGHEST_PRECEDENCE + 4;

  public static final int CONCURRENCY_LIMIT = Ordered.HIGHEST_PRECEDENCE + 5;
  public static final int REQUEST_SCOPE = Ordered.HIGHEST_PRECEDENCE + 10;

  /// After all filters that refuse, so that a refused request costs no fsync.
  public static final int AUDIT = Ordered.HIGHEST_PRECEDENCE + 11;

  private FilterOrder() {}
}
