package dev.rollbook.api.threads;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.AbstractForkHttpTest;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

/// A thread reports the token usage of its turns.
class UsageHttpTest extends AbstractForkHttpTest {
  private static final String BOTH = "{\"by\":{\"model\":1},\"in\":7}";

  @Autowired JdbcTemplate stateDb;

  @Test
  void aThreadWithoutTurnsHasNoUsage() {
    var thread = client.startThread();

    assertThat(client.get(thread(thread)).at("usage"))
        .isEqualTo("{\"own\":null,\"inherited\":null}");
    client.complete(thread, client.startTurn(thread));
    assertUsage(thread, "null", "null");
  }

  @Test
  void usageOfTurnsIsAddedWhenTheyEnd() {
    assertUsage(parent, BOTH, "null");
    var turn = client.startTurn(parent);
    assertUsage(parent, BOTH, "null");

    expect(200, client.post(turn(parent, turn) + "/fail", "{\"usage\":{\"in\":3,\"x\":\"y\"}}"));

    assertUsage(parent, "{\"by\":{\"model\":1},\"in\":10}", "null");
    assertThat(client.get(turn(parent, turn)).at("usage")).isEqualTo("{\"in\":3,\"x\":\"y\"}");
    awaitRow(parent, "{\"by\":{\"model\":1},\"in\":10}");
    assertRebuiltAsItIs(parent);
  }

  @Test
  void aForkReportsInheritedUsage() {
    var fork = forked(parent, "{}");
    assertUsage(fork, "null", BOTH);
    complete(fork, client.startTurn(fork), "{\"in\":100}");
    assertUsage(fork, "{\"in\":100}", BOTH);
    awaitRow(fork, "{\"in\":100}");
    assertRebuiltAsItIs(fork);

    var ofTheFork = forked(fork, "{}");
    assertUsage(ofTheFork, "null", "{\"by\":{\"model\":1},\"in\":107}");
    assertUsage(forked(fork, "{\"throughOrdinal\":4}"), "null", "{\"by\":{\"model\":1},\"in\":5}");
    assertUsage(forked(parent, "{\"throughOrdinal\":3}"), "null", "null");
    assertUsage(parent, BOTH, "null");
  }

  @Test
  void usageContinuesAfterAReload() {
    awaitRow(parent, BOTH);
    expect(200, client.post(thread(parent) + "/archive"));
    assertUsage(parent, BOTH, "null");
    expect(200, client.post(thread(parent) + "/unarchive"));

    complete(parent, client.startTurn(parent), "{\"in\":1}");

    assertUsage(parent, "{\"by\":{\"model\":1},\"in\":8}", "null");
  }

  @Test
  void usageOfATurnWhoseEndWasSkippedSurvivesASync() throws Exception {
    var turn = client.startTurn(parent);
    client.post(thread(parent) + "/shutdown");
    complete(parent, turn, "{\"in\":1}");
    var all = "{\"by\":{\"model\":1},\"in\":8}";
    awaitRow(parent, all);

    var row = threadRows.findById(UUID.fromString(parent)).orElseThrow();
    assertThat(rebuild.bringUp(row).usage().ownUsage()).isEqualTo(all);
    assertUsage(parent, all, "null");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "5",
        "\"much\"",
        "[1]",
        "{}",
        "{\"in\":1e999999}",
        "{\"in\":1.5}",
        "{\"in\":9999999999999999999999}",
        "{\"in\":\"1\"}"
      })
  void nonIntegerUsageIsKeptWithTheTurnAndNotAdded(String usage) {
    var turn = client.startTurn(parent);
    complete(parent, turn, usage);

    assertUsage(parent, BOTH, "null");
    assertThat(client.get(turn(parent, turn)).text()).contains("\"usage\":" + usage);
  }

  @Test
  void usageSaturatesAtTheLargestNumber() {
    complete(parent, client.startTurn(parent), "{\"in\":" + Long.MAX_VALUE + "}");

    assertUsage(parent, "{\"by\":{\"model\":1},\"in\":" + Long.MAX_VALUE + "}", "null");
  }

  private void assertUsage(String thread, String own, String inherited) {
    var usage = client.get(thread(thread));
    assertThat(usage.at("usage", "own")).isEqualTo(own);
    assertThat(usage.at("usage", "inherited")).isEqualTo(inherited);
  }

  private void awaitRow(String thread, String own) {
    await()
        .until(() ->
            own.equals(
                stateDb.queryForObject(
                    "SELECT own_usage FROM thread WHERE id = ?",
                    String.class,
                    UUID.fromString(thread))));
  }
}
