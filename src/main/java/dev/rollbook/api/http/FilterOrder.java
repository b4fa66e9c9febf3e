package dev.rollbook.api.http;

import org.springframework.core.Ordered;

/// Order of the servlet filters, first to last.
///
/// Spring's own come before: the one that applies forwarded headers, if it is switched on, and the
/// one that measures requests.
public final class FilterOrder {
  /// Who may ask at all, before a request takes a permit, memory or a byte of its body.
  public static final int ORIGIN = Ordered.HIGHEST_PRECEDENCE + 2;

  /// Refuses paths that could be read in two ways, before another filter decides by one.
  public static final int STRICT_PATH = Ordered.HIGHEST_PRECEDENCE + 3;

  public static final int CONCURRENCY_LIMIT = Ordered.HIGHEST_PRECEDENCE + 5;
  public static final int ARRIVAL = Ordered.HIGHEST_PRECEDENCE + 10;
  public static final int READ_SCOPE = Ordered.HIGHEST_PRECEDENCE + 20;

  private FilterOrder() {}
}
