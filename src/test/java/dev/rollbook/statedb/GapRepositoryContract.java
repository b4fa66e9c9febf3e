package dev.rollbook.statedb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.rollbook.access.Access;
import dev.rollbook.statedb.listing.GapListing;
import dev.rollbook.statedb.listing.ThreadQuery.Position;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.dao.DataIntegrityViolationException;

/// Gaps are stored, found and split alike by every database.
abstract class GapRepositoryContract extends StateDbContract {
  private GapRepository rows;
  private GapWriter saves;
  private UUID thread;

  @BeforeEach
  void take() {
    rows = the(GapRepository.class);
    saves = the(GapWriter.class);
    thread = insertThread().id();
  }

  @Test
  void gapsAreFoundByOrdinals() {
    long before = rows.countOpen();
    var second = rows.insert(gap(thread, 20, 30, "storage_full"));
    var first = rows.insert(gap(thread, 1, 5, "unknown"));
    var repaired = rows.insert(gap(thread, 10, 15, "storage_failed").repaired(NOW));

    assertThat(rows.countOpen()).isEqualTo(before + 2);
    assertThat(rows.countOpen(thread)).isEqualTo(2);
    assertThat(rows.end(thread)).isEqualTo(30);
    assertThat(rows.end(UUID.randomUUID())).isZero();
    assertThat(rows.all(thread, NOW)).containsExactly(first, second);
    assertThat(rows.all(thread, NOW.minusMillis(1))).containsExactly(first, repaired, second);
    assertThat(rows.find(thread, repaired.id())).contains(repaired);
    assertThat(rows.find(UUID.randomUUID(), repaired.id())).isEmpty();
    assertThat(rows.within(thread, 4, 20)).containsExactly(first, second);
    assertThat(rows.within(thread, 5, 19)).isEmpty();
    assertThat(rows.within(thread, 0, Long.MAX_VALUE)).containsExactly(first, second);
    assertThat(rows.page(thread, -1, 1)).containsExactly(first);
    assertThat(rows.page(thread, 1, 10)).containsExactly(second);
  }

  @Test
  void aGapGrowsShrinksAndIsRepaired() {
    var row = gap(thread, 3, 4, "storage_full");

    saves.save(row);
    saves.save(row.until(9));
    saves.save(row.until(9).from(5));
    assertThat(rows.find(thread, row.id())).contains(row.until(9).from(5));
    saves.save(row.until(9).from(5).repaired(NOW));
    assertThat(rows.countOpen(thread)).isZero();
    assertThat(rows.remove(row.id())).isEqualTo(1);
    assertThat(rows.remove(row.id())).isZero();
  }

  @Test
  void aKnownGapReplacesTheMiddleOfAnUnknownOne() {
    rows.insert(gap(thread, 1, 10, GapRow.UNKNOWN));

    saves.save(gap(thread, 4, 6, "storage_full"));

    assertThat(rows.page(thread, -1, 10))
        .extracting(GapRow::firstOrdinal, GapRow::nextOrdinal, GapRow::reason)
        .containsExactly(
            tuple(1L, 4L, "unknown"), tuple(4L, 6L, "storage_full"), tuple(6L, 10L, "unknown"));
  }

  @Test
  void aGapOfAnUnknownThreadIsRejectedAndTheNextIsSaved() {
    assertThatThrownBy(() -> saves.save(gap(UUID.randomUUID(), 1, 2, "storage_full")))
        .isInstanceOf(DataIntegrityViolationException.class);

    saves.save(gap(thread, 1, 2, "writer_shutting_down"));
    assertThat(rows.countOpen(thread)).isEqualTo(1);
  }

  @Test
  void openGapsOfAllThreadsAreListedLatestFirst() {
    var listing = the(GapListing.class);
    var reason = "latest";
    var other = insertThread().id();
    var gaps =
        IntStream.range(0, 7)
            .mapToObj(n -> at(NOW.plusMillis(n / 3), n % 2 == 0 ? thread : other, n, reason))
            .toList();
    gaps.forEach(rows::insert);
    rows.insert(at(NOW, thread, 90, "another"));
    rows.insert(at(NOW, thread, 91, reason).repaired(NOW));

    for (int limit : new int[] {1, 2, 3, 7, 100}) {
      var seen = new ArrayList<GapRow>();
      var page = listing.page(Access.ALL, reason, null, limit);
      while (!page.isEmpty()) {
        assertThat(page).hasSizeLessThanOrEqualTo(limit);
        page.forEach(open -> seen.add(open.gap()));
        var last = seen.getLast();
        page = listing.page(Access.ALL, reason, new Position(last.recordedAt(), last.id()), limit);
      }
      assertThat(seen).containsExactlyInAnyOrderElementsOf(gaps);
      assertThat(seen)
          .extracting(GapRow::recordedAt)
          .isSortedAccordingTo(Comparator.reverseOrder());
    }
    assertThat(listing.page(Access.ALL, null, null, 1000))
        .extracting(open -> open.gap().reason())
        .contains(reason, "another");
    assertThat(listing.page(Access.ALL, "unheard of", null, 10)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("accesses")
  void onlyGapsOfVisibleThreadsAreListed(Access access) {
    var reason = UUID.randomUUID().toString().substring(0, 32);
    var threads =
        owners().stream()
            .map(owner -> the(ThreadRepository.class).insert(ownedBy(owner, "of gaps")))
            .toList();
    threads.forEach(row -> rows.insert(gap(row.id(), 1, 2, reason)));

    assertThat(the(GapListing.class).page(access, reason, null, 10))
        .extracting(open -> open.gap().threadId())
        .containsExactlyInAnyOrderElementsOf(
            threads.stream()
                .filter(row -> access.sees(row.provenance().owner()))
                .map(ThreadRow::id)
                .toList());
    assertThat(the(GapListing.class).page(access, null, null, 1))
        .allSatisfy(open -> assertThat(open.thread().source()).isEqualTo("of gaps"));
  }

  private static GapRow at(Instant at, UUID thread, long first, String reason) {
    return GapRow.open(thread, null, first, first + 1, reason, at);
  }
}
