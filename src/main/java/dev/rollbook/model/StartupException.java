package dev.rollbook.model;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/// Thrown if the service cannot start until an operator changes something. Spring Boot then logs
/// what is wrong and what to do, in a few lines and without a stack trace.
public final class StartupException extends RuntimeException {
  private final String remedy;

  /// @param description sentences that say what is wrong
  /// @param remedy sentences that say what to do
  public StartupException(String description, String remedy) {
    super(description, null, false, false);
    this.remedy = remedy;
  }

  /// What to do.
  public String remedy() {
    return remedy;
  }

  /// Makes the report of Spring Boot; named in `META-INF/spring.factories`.
  static final class Analyzer extends AbstractFailureAnalyzer<StartupException> {
    @Override
    protected FailureAnalysis analyze(Throwable failure, StartupException cause) {
      return new FailureAnalysis(cause.getMessage(), cause.remedy, failure);
    }
  }
}
