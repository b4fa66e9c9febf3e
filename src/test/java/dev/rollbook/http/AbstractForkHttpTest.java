package dev.rollbook.http;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.RollbookClient.Answer;
import dev.rollbook.model.ThreadId;
import dev.rollbook.reconcile.RowRebuilder;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.statedb.ThreadRepository;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.TurnRepository;
import dev.rollbook.statedb.TurnRow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Base class of tests that need a thread with two completed turns, and helpers for forks and
/// rebuilds.
public abstract class AbstractForkHttpTest extends HttpTest {
  @Autowired protected RowRebuilder rebuild;
  @Autowired protected Rollouts rollouts;
  @Autowired protected ThreadRepository threadRows;
  @Autowired protected TurnRepository turnRows;
  @Autowired protected PlatformTransactionManager transactions;

  protected String parent;
  protected String first;
  protected String second;

  /// Ordinals: 0 `session_meta`, 1 to 4 the first turn, 5 between turns, 6 to 8 the second turn.
  @BeforeEach
  protected void startAThreadWithTwoTurns() {
    parent =
        client.startThread(
            """
            {"name":"parent","cwd":"/home/dev","model":"m","modelProvider":"p","source":"ide",
             "cliVersion":"1.2","metadata":{"k":1.50}}
            """);
    first = client.startTurn(parent);
    client.append(parent, first, "{\"n\":1}", "{\"n\":2.0}");
    complete(parent, first, "{\"in\":5,\"by\":{\"model\":1}}");
    client.post(thread(parent) + "/items", body("\"between\""));
    second = client.startTurn(parent);
    client.append(parent, second, "{\"n\":3}");
    complete(parent, second, "{\"in\":2}");
  }

  @AfterEach
  protected void nothingUnfinishedIsLeft() throws IOException {
    assertThat(filesNamed("", dataDir().resolve("unfinished"))).isEmpty();
  }

  protected Answer fork(String thread, String json) {
    return client.post(thread(thread) + "/fork", json);
  }

  /// Forks and returns the id; the rows are those that a rebuild would make.
  protected String forked(String thread, String json) {
    var fork = expect(201, fork(thread, json)).at("id");
    assertRebuiltAsItIs(fork);
    return fork;
  }

  protected void complete(String thread, String turn, String usage) {
    expect(200, client.post(turn(thread, turn) + "/complete", "{\"usage\":" + usage + "}"));
  }

  protected List<String> behindTheMeta(String thread) {
    var lines = client.lines(thread);
    assertThat(lines.getFirst()).contains("session_meta", thread);
    return lines.subList(1, lines.size());
  }

  /// Turns without the thread that they are of.
  protected List<JsonNode> turns(String thread) {
    var turns = new ArrayList<JsonNode>();
    for (var turn : client.get(thread(thread) + "/turns?limit=100").json().path("data")) {
      ((ObjectNode) turn).remove("threadId");
      turns.add(turn);
    }
    return turns;
  }

  /// Makes the rows anew in a transaction that is taken back.
  protected void assertRebuiltAsItIs(String thread) {
    var id = UUID.fromString(thread);
    var row = threadRows.findById(id).orElseThrow();
    var turns = turnRows.page(id, -1, 1000);
    var made = Objects.requireNonNull(rebuilt(row));
    assertThat(made.thread()).isEqualTo(row);
    assertThat(made.turns()).isEqualTo(turns);
  }

  record Rows(ThreadRow thread, List<TurnRow> turns) {}

  private Rows rebuilt(ThreadRow row) {
    return new TransactionTemplate(transactions)
        .execute(transaction -> {
          transaction.setRollbackOnly();
          threadRows.remove(row.id());
          try {
            rebuild.insert(rollouts.ref(new ThreadId(row.id()), row.storage().rolloutPath()));
          } catch (IOException failed) {
            throw new UncheckedIOException(failed);
          }
          return new Rows(
              threadRows.findById(row.id()).orElseThrow(), turnRows.page(row.id(), -1, 1000));
        });
  }
}
