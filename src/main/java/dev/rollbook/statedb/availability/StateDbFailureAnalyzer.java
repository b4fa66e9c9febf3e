package dev.rollbook.statedb.availability;

import dev.rollbook.statedb.dialect.StateDbDialect;
import java.sql.SQLException;
import org.flywaydb.core.api.exception.FlywayValidateException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/// Explains why the service could not connect to the state-db at the start, and which setting to
/// check.
public class StateDbFailureAnalyzer extends AbstractFailureAnalyzer<SQLException> {
  private static final String DEFAULT_URL = "jdbc:h2:";

  private final Environment environment;

  public StateDbFailureAnalyzer(Environment environment) {
    this.environment = environment;
  }

  @Override
  protected @Nullable FailureAnalysis analyze(Throwable failure, SQLException cause) {
    var url = environment.getProperty("spring.datasource.url", DEFAULT_URL);
    var known = StateDbDialect.of(url).explain(cause);
    return known == null
        ? null
        : new FailureAnalysis(
            "%s %s".formatted(known.what(withoutSecrets(url)), cause.getMessage()),
            known.remedy(),
            cause);
  }

  private static String withoutSecrets(String url) {
    int parameters = url.indexOf('?');
    return parameters < 0 ? url : url.substring(0, parameters);
  }

  /// Explains what to do with a state-db whose tables another build has created.
  public static class OtherSchema extends AbstractFailureAnalyzer<FlywayValidateException> {
    @Override
    protected FailureAnalysis analyze(Throwable failure, FlywayValidateException cause) {
      return new FailureAnalysis(
          "The tables of the state-db were created by another build of Rollbook.",
          "Delete state-db.mv.db in the data-dir, or create the PostgreSQL database anew, and start"
              + " again: the rows are rebuilt from the rollouts.",
          cause);
    }
  }
}
