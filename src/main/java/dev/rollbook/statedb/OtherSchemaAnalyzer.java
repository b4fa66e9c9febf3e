package dev.rollbook.statedb;

import org.flywaydb.core.api.exception.FlywayValidateException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/// Says what to do with a state-db whose tables another build has made.
class OtherSchemaAnalyzer extends AbstractFailureAnalyzer<FlywayValidateException> {
  @Override
  protected FailureAnalysis analyze(Throwable failure, FlywayValidateException cause) {
    return new FailureAnalysis(
        "The tables of the state-db were made by another build of Rollbook.",
        "Delete state-db.mv.db in the data-dir, or create the PostgreSQL database anew, and start"
            + " again: the tables are rebuilt from the rollouts.",
        cause);
  }
}
