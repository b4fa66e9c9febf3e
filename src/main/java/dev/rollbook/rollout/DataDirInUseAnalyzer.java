package dev.rollbook.rollout;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/// Says to a person, and without a stack, who has the data-dir and what to do.
final class DataDirInUseAnalyzer extends AbstractFailureAnalyzer<DataDirInUseException> {
  @Override
  protected FailureAnalysis analyze(Throwable failure, DataDirInUseException cause) {
    return new FailureAnalysis(cause.description(), cause.action(), failure);
  }
}
