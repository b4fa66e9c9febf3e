package dev.rollbook.web.security;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/// Names the ways out, without a stack.
final class OpenAddressAnalyzer extends AbstractFailureAnalyzer<OpenAddressException> {
  @Override
  protected FailureAnalysis analyze(Throwable failure, OpenAddressException cause) {
    return new FailureAnalysis(
        cause.getMessage(),
        "Set it to a loopback address such as 127.0.0.1, or, where something else keeps strangers"
            + " away, set rollbook.security.mode=none (ROLLBOOK_SECURITY_MODE=none).",
        failure);
  }
}
