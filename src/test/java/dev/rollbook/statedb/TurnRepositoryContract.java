package dev.rollbook.statedb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.model.ThreadNotes;
import dev.rollbook.statedb.ThreadRow.Activity;
import dev.rollbook.statedb.ThreadRow.Counters;
import dev.rollbook.statedb.ThreadRow.TokenSums;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DuplicateKeyException;

/// Turns, and the batches behind appends, are stored alike by every database.
abstract class TurnRepositoryContract extends StateDbContract {
  private TurnRepository rows;
  private RowBatchUpdater batches;
  private UUID thread;

  @BeforeEach
  void take() {
    rows = the(TurnRepository.class);
    batches = the(RowBatchUpdater.class);
    thread = insertThread().id();
  }

  @Test
  void turnsAreReadInOrder() {
    var third = rows.insert(full(UUID.randomUUID(), 300));
    var first = rows.insert(turn(thread, UUID.randomUUID(), 1));
    var second = rows.insert(full(UUID.randomUUID(), 20));

    assertThat(rows.find(thread, third.id())).contains(third);
    assertThat(rows.find(UUID.randomUUID(), third.id())).isEmpty();
    assertThat(rows.page(thread, -1, 2)).containsExactly(first, second);
    assertThat(rows.page(thread, 20, Integer.MAX_VALUE)).containsExactly(third);
    assertThat(rows.page(thread, Long.MAX_VALUE, 10)).isEmpty();
    assertThat(rows.withUsage(thread)).containsExactly(second, third);
  }

  @Test
  void aTurnEndsOnceAndIsRemovedOnce() {
    var row = rows.insert(turn(thread, UUID.randomUUID(), 1));

    assertThat(rows.end(thread, row.id(), "interrupted", NOW, null)).isEqualTo(1);
    assertThat(rows.end(thread, row.id(), "failed", NOW, ODD)).isZero();
    assertThat(rows.find(thread, row.id()).orElseThrow().completedAt()).isEqualTo(NOW);
    assertThat(rows.remove(thread, row.id())).isEqualTo(1);
    assertThat(rows.remove(thread, row.id())).isZero();
  }

  @Test
  void aTurnOfAnUnknownThreadIsRejectedAndAnExistingOneIsADuplicate() {
    var row = rows.insert(turn(thread, UUID.randomUUID(), 1));

    assertThatThrownBy(() -> rows.insert(row)).isInstanceOf(DuplicateKeyException.class);
    assertThatThrownBy(() -> rows.insert(turn(UUID.randomUUID(), row.id(), 1)))
        .isInstanceOf(DataIntegrityViolationException.class)
        .isNotInstanceOf(DuplicateKeyException.class);
    assertThatThrownBy(
            () -> inTransaction(() -> rows.insertAll(List.of(full(UUID.randomUUID(), 2), row))))
        .isInstanceOf(DuplicateKeyException.class);
    assertThat(rows.page(thread, -1, 10)).containsExactly(row);
  }

  @Test
  void aBatchUpdatesExistingRowsAndReportsMissingOnes() {
    var gone = UUID.randomUUID();
    var known = rows.insert(turn(thread, UUID.randomUUID(), 1));
    var ended = full(known.id(), 1);
    var fresh = full(UUID.randomUUID(), 30);
    var ofTheGone = turn(gone, UUID.randomUUID(), 1);
    var other = insertThread().id();

    var outcome =
        batches.update(
            List.of(progress(other, null), progress(gone, ODD), progress(thread, ODD)),
            List.of(fresh, ofTheGone, ended),
            Map.of());

    assertThat(outcome.gone()).containsExactly(gone);
    assertThat(rows.page(thread, -1, 10)).hasSize(2);
    var read = rows.find(thread, known.id()).orElseThrow();
    assertThat(read.error()).isEqualTo(ODD);
    assertThat(read.completedAt()).isEqualTo(NOW);
    assertThat(the(ThreadRepository.class).findById(thread).orElseThrow())
        .satisfies(row -> assertThat(row.with(progress(thread, ODD))).isEqualTo(row));
    assertThat(the(ThreadRepository.class).findById(other).orElseThrow().activity().preview())
        .isNull();
    assertThat(batches.update(List.of(), List.of(), Map.of()).gone()).isEmpty();
  }

  @Test
  void aBatchIsAllOrNothing() {
    var orphan = turn(UUID.randomUUID(), UUID.randomUUID(), 1);

    assertThatThrownBy(() ->
            batches.update(
                List.of(progress(thread, ODD)),
                List.of(full(UUID.randomUUID(), 1), orphan),
                Map.of()))
        .isInstanceOf(DataIntegrityViolationException.class);

    assertThat(the(ThreadRepository.class).findById(thread).orElseThrow().activity().preview())
        .isNull();
    assertThat(rows.page(thread, -1, 10)).isEmpty();
    assertThat(batches.update(List.of(progress(thread, ODD)), List.of(), Map.of()).gone())
        .isEmpty();
  }

  private static ThreadProgress progress(UUID thread, String text) {
    return new ThreadProgress(
        thread,
        new Activity(NOW, text, text, text == null ? null : thread, true),
        new Counters(3, 7, 9, 1),
        new TokenSums(text, text, text),
        1000,
        false,
        5L,
        ThreadNotes.NONE);
  }

  private TurnRow full(UUID id, long first) {
    return new TurnRow(
        thread, id, "completed", NOW, NOW, first, Long.MAX_VALUE, 5, 6, ODD, ODD, ODD);
  }
}
