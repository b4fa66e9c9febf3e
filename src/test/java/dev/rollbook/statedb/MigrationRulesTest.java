package dev.rollbook.statedb;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/// Replicas of two versions use one schema during an upgrade: a migration adds what the version
/// before does not notice, and only a script that says so takes away what that version does not use
/// any more.
class MigrationRulesTest {
  /// Scripts of before the first release, which no replica of an earlier version meets.
  private static final int OF_NO_RELEASE = 2;

  private static final Pattern NAME = Pattern.compile("V(\\d+)__(contract_)?.+\\.sql");
  private static final Pattern COMMENT = Pattern.compile("--[^\\n]*");
  private static final Pattern REASON = Pattern.compile("(?m)^-- unused since \\S+");

  private static final List<Pattern> FORBIDDEN =
      Arrays.stream(
              new String[] {
                "\\bdrop (table|column|view|sequence|schema)\\b",
                "\\balter table (if exists )?\\S+ drop (?!constraint|not null|default)",
                "\\brename\\b",
                "\\btruncate\\b",
                "\\bset not null\\b",
                "\\balter (column )?\\S+ (set data )?type\\b",
                "\\badd (constraint|check|unique|primary|foreign|exclude)\\b",
                "\\badd (column )?(?!constraint)(?:(?!\\bdefault\\b|,|;).)*"
                    + "\\bnot null\\b(?:(?!\\bdefault\\b|,|;).)*(?=,|;|$)",
              })
          .map(Pattern::compile)
          .toList();

  private static final Pattern ALTERED = Pattern.compile("\\balter table (?:if exists )?(\\S+)");

  private static boolean isExpansion(String sql) {
    var plain = plain(sql);
    return FORBIDDEN.stream().noneMatch(pattern -> pattern.matcher(plain).find());
  }

  /// Else the script holds the lock of a table while it waits for that of another one.
  private static boolean altersOneTableAtMost(String sql) {
    return ALTERED.matcher(plain(sql)).results().map(match -> match.group(1)).distinct().count()
        <= 1;
  }

  private static String plain(String sql) {
    return COMMENT.matcher(sql).replaceAll("").toLowerCase(Locale.ROOT).replaceAll("\\s+", " ");
  }

  @Test
  void everyMigrationExpandsOrSaysWhyItMayContract() throws IOException {
    var scripts = new PathMatchingResourcePatternResolver().getResources("classpath*:db/**/V*.sql");
    assertThat(scripts).isNotEmpty();
    for (var script : scripts) {
      var name = NAME.matcher(String.valueOf(script.getFilename()));
      assertThat(name.matches()).as("name of %s", script).isTrue();
      if (Integer.parseInt(name.group(1)) > OF_NO_RELEASE) {
        var sql = text(script);
        boolean contracts = name.group(2) != null;
        assertThat(contracts ? REASON.matcher(sql).find() : isExpansion(sql))
            .as("%s: see \"Changing the schema\" in src/docs/development.md", script.getFilename())
            .isTrue();
        assertThat(altersOneTableAtMost(sql)).as("%s alters one table", script).isTrue();
      }
    }
  }

  @Test
  void aScriptAltersOneTable() {
    var thread = "ALTER TABLE thread ADD later INTEGER;\n";
    assertThat(altersOneTableAtMost(thread + "CREATE INDEX by_later ON thread (later);")).isTrue();
    assertThat(altersOneTableAtMost(thread + thread.replace("later", "more"))).isTrue();
    assertThat(altersOneTableAtMost(thread + "ALTER TABLE turn ADD later INTEGER;")).isFalse();
  }

  private static String text(Resource script) throws IOException {
    return script.getContentAsString(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE TABLE other (id UUID PRIMARY KEY, name VARCHAR NOT NULL);",
        "CREATE INDEX thread_by_name ON thread (name);",
        "DROP INDEX thread_by_name;",
        "ALTER TABLE thread ADD COLUMN later VARCHAR;",
        "ALTER TABLE thread ADD COLUMN later INTEGER DEFAULT 0 NOT NULL;",
        "ALTER TABLE thread ADD later INTEGER NOT NULL DEFAULT 0, ADD COLUMN more VARCHAR;",
        "ALTER TABLE thread ALTER COLUMN model DROP NOT NULL;",
        "ALTER TABLE thread DROP CONSTRAINT thread_model_check;",
        "-- rename later\nUPDATE thread SET later = 1;"
      })
  void additionsExpand(String sql) {
    assertThat(isExpansion(sql)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DROP TABLE thread;",
        "ALTER TABLE thread DROP COLUMN model;",
        "ALTER TABLE thread DROP model;",
        "ALTER TABLE thread RENAME COLUMN model TO other;",
        "ALTER TABLE thread RENAME TO other;",
        "ALTER TABLE thread ALTER COLUMN model SET NOT NULL;",
        "ALTER TABLE thread ALTER COLUMN turn_count TYPE BIGINT;",
        "ALTER TABLE thread ALTER turn_count SET DATA TYPE BIGINT;",
        "ALTER TABLE thread ADD CONSTRAINT positive CHECK (turn_count >= 0);",
        "ALTER TABLE thread ADD COLUMN later VARCHAR NOT NULL;",
        "ALTER TABLE thread\n  ADD COLUMN more VARCHAR,\n  ADD COLUMN later VARCHAR\n    NOT NULL",
        "TRUNCATE thread;"
      })
  void whatTheVersionBeforeWouldNoticeContracts(String sql) {
    assertThat(isExpansion(sql)).isFalse();
  }
}
