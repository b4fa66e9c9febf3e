package dev.rollbook.statedb;

import java.util.Map;
import org.junit.jupiter.api.Nested;

/// The contract of the state-db, kept by PostgreSQL.
class StateDbOnPostgresTest {
  @Nested
  class Threads extends ThreadRowsContract {
    @Override
    Map<String, Object> database() {
      return postgres();
    }
  }

  @Nested
  class Turns extends TurnRowsContract {
    @Override
    Map<String, Object> database() {
      return postgres();
    }
  }

  @Nested
  class Gaps extends GapRowsContract {
    @Override
    Map<String, Object> database() {
      return postgres();
    }
  }

  @Nested
  class Imports extends ImportRowsContract {
    @Override
    Map<String, Object> database() {
      return postgres();
    }
  }
}
