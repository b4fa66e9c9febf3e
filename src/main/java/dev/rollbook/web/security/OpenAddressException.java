package dev.rollbook.web.security;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/// Thrown if the service would listen, without authentication, on an address that other machines
/// can reach.
final class OpenAddressException extends RuntimeException {
  /// @param setting that the address comes from
  OpenAddressException(String setting, String address) {
    super(
        ("%s is %s, which other machines can reach, but Rollbook has no authentication: every client"
                + " that can connect could read and write all threads.")
            .formatted(setting, address),
        null,
        false,
        false);
  }

  /// Reports the solutions at startup, without a stack trace.
  static final class Analyzer extends AbstractFailureAnalyzer<OpenAddressException> {
    @Override
    protected FailureAnalysis analyze(Throwable failure, OpenAddressException cause) {
      return new FailureAnalysis(
          cause.getMessage(),
          "Set it to a loopback address such as 127.0.0.1. If access is restricted by other means, set"
              + " rollbook.security.mode=none (ROLLBOOK_SECURITY_MODE=none).",
          failure);
    }
  }
}
