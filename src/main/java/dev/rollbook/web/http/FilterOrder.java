package dev.rollbook.web.http;

import org.springframework.core.Ordered;

/// Order of Rollbook's servlet filters. The first constant is the filter that runs first.
///
/// Two filters of Spring run before all of them: the filter for forwarded headers, if enabled, and
/// the filter for metrics.
public final class FilterOrder {
  /// First, before a request takes a permit, memory or a byte of its body.
  public static final int ORIGIN = Ordered.HIGHEST_PRECEDENCE + 2;

  /// Before all filters that decide by the path.
  public static final int STRICT_PATH = Ordered.HIGHEST_PRECEDENCE + 3;

  public static final int CONCURRENCY_LIMIT = Ordered.HIGHEST_PRECEDENCE + 5;
  public static final int REQUEST_SCOPE = Ordered.HIGHEST_PRECEDENCE + 10;

  private FilterOrder() {}
}
