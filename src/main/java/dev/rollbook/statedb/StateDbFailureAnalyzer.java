package dev.rollbook.statedb;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/// Says in a few lines why the service cannot start without its state-db, and which key to look at.
class StateDbFailureAnalyzer extends AbstractFailureAnalyzer<SQLException> {
  private static final int H2_IN_USE = 90020;

  private final Environment environment;

  StateDbFailureAnalyzer(Environment environment) {
    this.environment = environment;
  }

  @Override
  protected @Nullable FailureAnalysis analyze(Throwable failure, SQLException cause) {
    if (cause.getErrorCode() == H2_IN_USE) {
      return analysis(
          cause,
          "The state-db in the data-dir is used by another process.",
          "Stop the other one, or give this one another rollbook.data-dir.");
    }
    var state = String.valueOf(cause.getSQLState());
    return switch (state.length() < 2 ? "" : state.substring(0, 2)) {
      case "08", "53", "57" ->
          analysis(
              cause,
              "The state-db at %s does not answer.".formatted(place()),
              "Start it, or correct spring.datasource.url.");
      case "28" ->
          analysis(
              cause,
              "The state-db at %s refuses the user.".formatted(place()),
              "Correct spring.datasource.username and spring.datasource.password.");
      case "3D" ->
          analysis(
              cause,
              "The database at %s is not there.".formatted(place()),
              "Create it, or correct spring.datasource.url.");
      default -> null;
    };
  }

  private static FailureAnalysis analysis(SQLException cause, String what, String remedy) {
    return new FailureAnalysis("%s %s".formatted(what, cause.getMessage()), remedy, cause);
  }

  /// Without what may be secret.
  private String place() {
    var url = environment.getProperty("spring.datasource.url", "");
    int parameters = url.indexOf('?');
    return parameters < 0 ? url : url.substring(0, parameters);
  }
}
