package dev.rollbook.reconcile;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.AbstractForkHttpTest;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.TurnRow;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// The row of a thread that lacks only the last lines of its rollout, as after a kill.
class TailReconciliationHttpTest extends AbstractForkHttpTest {
  private record SavedRows(ThreadRow thread, List<TurnRow> turns) {}

  @Test
  void aRowIsBroughtUpFromTheEndOfItsRollout() throws IOException {
    var third = client.startTurn(parent);
    client.append(parent, third, "{\"n\":4}");
    var before = saved();
    client.append(parent, third, "{\"n\":5}");
    complete(parent, third, "{\"in\":3}");
    expect(200, client.patch(parent, "{\"name\":\"new\",\"pinned\":true}"));
    client.post(thread(parent) + "/items", body("\"after\""));
    var fourth = client.startTurn(parent);
    client.append(parent, fourth, "{\"n\":6}");
    var after = saved();
    putBack(before, after);
    damage(after.thread());

    rebuild.bringUp(threadRows.findById(after.thread().id()).orElseThrow());

    assertThat(threadRows.findById(after.thread().id())).contains(after.thread());
    assertThat(turnRows.page(after.thread().id(), -1, 100)).isEqualTo(after.turns());
  }

  /// A gap that was filled has moved all lines after it.
  @Test
  void aRowThatDoesNotFitIsBroughtUpFromTheWholeRollout() throws IOException {
    var before = saved();
    client.post(thread(parent) + "/items", body("\"after\""));
    var after = saved();
    putBack(before, after);
    shorten(after);

    rebuild.bringUp(threadRows.findById(after.thread().id()).orElseThrow());

    assertThat(threadRows.findById(after.thread().id())).contains(after.thread());
  }

  private SavedRows saved() {
    saveRows();
    var id = UUID.fromString(parent);
    return new SavedRows(threadRows.findById(id).orElseThrow(), turnRows.page(id, -1, 100));
  }

  private void putBack(SavedRows before, SavedRows now) {
    var row = now.thread();
    assertThat(
            threadRows.bringUp(
                before.thread(),
                row.storage().rolloutBytes(),
                row.counters().nextOrdinal(),
                row.attributes().revision()))
        .isEqualTo(1);
    now.turns().forEach(turn -> turnRows.remove(row.id(), turn.id()));
    turnRows.insertAll(before.turns());
  }

  /// The row states one byte less than before.
  private void shorten(SavedRows now) {
    var row = threadRows.findById(now.thread().id()).orElseThrow();
    var storage = row.storage();
    var shorter =
        new ThreadRow(
            row.id(),
            row.attributes(),
            row.provenance(),
            row.lineage(),
            row.activity(),
            row.counters(),
            row.usage(),
            new ThreadRow.Storage(
                storage.rolloutPath(),
                storage.rolloutBytes() - 1,
                storage.compressedBytes(),
                storage.ordered(),
                storage.reading()));
    assertThat(
            threadRows.bringUp(
                shorter,
                storage.rolloutBytes(),
                row.counters().nextOrdinal(),
                row.attributes().revision()))
        .isEqualTo(1);
  }

  /// Makes the second line unreadable: who reads it counts one item less.
  private static void damage(ThreadRow row) throws IOException {
    var file = dataDir().resolve(row.storage().rolloutPath()).toFile();
    try (var rollout = new RandomAccessFile(file, "rw")) {
      rollout.seek(rollout.readLine().length() + 1L);
      rollout.write("#".getBytes(StandardCharsets.UTF_8));
    }
  }
}
