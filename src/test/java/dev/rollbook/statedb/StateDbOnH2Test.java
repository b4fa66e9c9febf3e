package dev.rollbook.statedb;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The contract of the state-db, kept by H2.
class StateDbOnH2Test {
  @Nested
  class Threads extends ThreadRowsContract {
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

          assertThat(plan(query, null))
              .contains("thread_by_" + sort.column.replace("_at", ""), "index sorted");
          assertThat(plan(query, List.of(UUID.randomUUID()))).containsIgnoringCase("primary_key");
        }
      }
    }

    private String plan(ThreadQuery query, Collection<UUID> among) {
      var values = query.filter().values();
      var sql = ThreadListing.sql("*", query, among, values);
      return String.join(
          "\n",
          the(ScanLimit.class)
              .jdbc()
              .queryForList("EXPLAIN " + sql + " LIMIT 26", values, String.class));
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
