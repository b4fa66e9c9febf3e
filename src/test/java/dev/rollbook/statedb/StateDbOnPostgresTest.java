package dev.rollbook.statedb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.rollbook.statedb.availability.StateDbFailureAnalyzer;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.mock.env.MockEnvironment;

/// The contract of the state-db, kept by PostgreSQL; and what is said where it is not there.
class StateDbOnPostgresTest {
  @Nested
  class Threads extends ThreadRepositoryContract {
    @Override
    Map<String, Object> database() {
      return postgres();
    }
  }

  @Nested
  class Inserts extends GroupInsertContract {
    @Override
    Map<String, Object> database() {
      return postgres();
    }
  }

  @Nested
  class Turns extends TurnRepositoryContract {
    @Override
    Map<String, Object> database() {
      return postgres();
    }
  }

  @Nested
  class Gaps extends GapRepositoryContract {
    @Override
    Map<String, Object> database() {
      return postgres();
    }
  }

  @Nested
  class Imports extends ImportRepositoryContract {
    @Override
    Map<String, Object> database() {
      return postgres();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "jdbc:postgresql://localhost:1/rollbook?password=secret,does not answer,spring.datasource.url",
    "nobody,rejects the user,spring.datasource.username",
    "nothing,does not exist,spring.datasource.url"
  })
  void aStartWithoutItIsExplainedByTheKeyThatIsWrong(String given, String what, String key) {
    var url = url(given);
    var environment = new MockEnvironment().withProperty("spring.datasource.url", url);

    var failure =
        catchThrowable(() -> StateDbAlone.open(Map.of("spring.datasource.url", url)).close());

    var analysis = new StateDbFailureAnalyzer(environment).analyze(failure);
    assertThat(analysis.getDescription()).contains(what).doesNotContain("secret");
    assertThat(analysis.getAction()).contains(key);
  }

  private static String url(String given) {
    return switch (given) {
      case "nobody" ->
          RealPostgres.url(RealPostgres.newDatabase()).replace("user=postgres", "user=nobody");
      case "nothing" -> RealPostgres.url("nothing");
      default -> given;
    };
  }
}
