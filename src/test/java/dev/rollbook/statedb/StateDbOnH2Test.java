package dev.rollbook.statedb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.statedb.listing.QueryPlans;
import dev.rollbook.statedb.listing.ThreadFilter;
import dev.rollbook.statedb.listing.ThreadQuery;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The contract of the state-db, kept by H2.
class StateDbOnH2Test {
  @Nested
  class Threads extends ThreadRepositoryContract {
    @Override
    Map<String, Object> database() {
      return h2();
    }

    /// Its optimizer takes each condition that an index answers to leave few rows.
    @ParameterizedTest
    @EnumSource
    void pagesAreReadFromTheIndexOfTheirOrder(ThreadQuery.Sort sort) {
      var filter =
          ThreadFilter.all().archived(false).pinned(false).gapped(false).source("s").cwd("/c");
      var last = new ThreadQuery.Position(NOW, UUID.randomUUID());
      for (var after : new ThreadQuery.Position[] {null, last}) {
        for (boolean descending : new boolean[] {true, false}) {
          var query = new ThreadQuery(sort, descending, 26, filter, after);

          assertThat(QueryPlans.plan(context, query, null))
              .contains(QueryPlans.index(sort), "index sorted");
          assertThat(QueryPlans.plan(context, query, List.of(UUID.randomUUID())))
              .containsIgnoringCase("primary_key");
        }
      }
    }
  }

  @Nested
  class Inserts extends GroupInsertContract {
    @Override
    Map<String, Object> database() {
      return h2();
    }
  }

  @Nested
  class Turns extends TurnRepositoryContract {
    @Override
    Map<String, Object> database() {
      return h2();
    }
  }

  @Nested
  class Gaps extends GapRepositoryContract {
    @Override
    Map<String, Object> database() {
      return h2();
    }

    @Test
    void pagesAreReadFromTheIndexOfOpenGaps() {
      for (var after :
          new ThreadQuery.Position[] {null, new ThreadQuery.Position(NOW, UUID.randomUUID())}) {
        accesses()
            .flatMap(access ->
                Stream.of(
                    QueryPlans.ofGaps(context, access, null, after),
                    QueryPlans.ofGaps(context, access, "unknown", after)))
            .forEach(plan -> assertThat(plan).contains("gap_by_time", "index sorted"));
      }
    }
  }

  @Nested
  class Imports extends ImportRepositoryContract {
    @Override
    Map<String, Object> database() {
      return h2();
    }
  }
}
