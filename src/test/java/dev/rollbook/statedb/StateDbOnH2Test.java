package dev.rollbook.statedb;

import java.util.Map;
import org.junit.jupiter.api.Nested;

/// The contract of the state-db, kept by H2.
class StateDbOnH2Test {
  @Nested
  class Threads extends ThreadRowsContract {
    @Override
    Map<String, Object> database() {
      return h2();
    }
  }

  @Nested
  class Turns extends TurnRowsContract {
    @Override
    Map<String, Object> database() {
      return h2();
    }
  }

  @Nested
  class Gaps extends GapRowsContract {
    @Override
    Map<String, Object> database() {
      return h2();
    }
  }

  @Nested
  class Imports extends ImportRowsContract {
    @Override
    Map<String, Object> database() {
      return h2();
    }
  }
}
