package dev.rollbook.web.http;

import jakarta.servlet.http.HttpServletRequest;

/// Forms of a request that method and path do not tell apart, but access rules, the audit and
/// controllers do.
public enum RequestForm {
  ANY,

  /// The query has the parameter `format`: a rollout is wanted as another program writes it.
  OTHER_FORMAT,

  /// The body is a rollout, not JSON.
  ROLLOUT_BODY;

  private static final String FORMAT = "format";

  public boolean matches(HttpServletRequest request) {
    return switch (this) {
      case ANY -> true;
      case OTHER_FORMAT -> QueryParts.names(request).anyMatch(FORMAT::equals);
      case ROLLOUT_BODY -> MediaTypes.isUpload(request) || MediaTypes.isZstd(request);
    };
  }
}
