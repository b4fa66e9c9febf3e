package dev.rollbook.statedb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.rollbook.access.Access;
import dev.rollbook.access.Owner;
import dev.rollbook.model.ThreadNotes;
import dev.rollbook.statedb.ThreadRow.Activity;
import dev.rollbook.statedb.ThreadRow.Counters;
import dev.rollbook.statedb.ThreadRow.TokenSums;
import dev.rollbook.statedb.listing.QueryPlans;
import dev.rollbook.statedb.listing.ThreadFacets;
import dev.rollbook.statedb.listing.ThreadFilter;
import dev.rollbook.statedb.listing.ThreadListing;
import dev.rollbook.statedb.listing.ThreadQuery;
import dev.rollbook.statedb.listing.UsageScan;
import dev.rollbook.statedb.listing.UsageScan.ThreadUsage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.dao.DuplicateKeyException;

/// Threads are stored, changed and listed alike by every database.
abstract class ThreadRepositoryContract extends StateDbContract {
  private ThreadRepository rows;
  private ThreadListing listing;

  @BeforeEach
  void take() {
    rows = the(ThreadRepository.class);
    listing = the(ThreadListing.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00.001Z",
        "1582-10-10T12:00:00.999Z",
        "1883-11-18T12:03:58.500Z",
        "2026-03-29T01:30:00.345Z",
        "9999-12-31T23:59:59.999Z"
      })
  void anInsertedThreadIsReadBack(Instant at) {
    var full = rows.insert(full(UUID.randomUUID(), ODD, at));
    var bare = rows.insert(bare(UUID.randomUUID(), at));
    var source = rows.insert(thread(UUID.randomUUID(), null, "at " + at, null, at));

    assertThat(rows.findById(full.id())).contains(full);
    assertThat(rows.findById(bare.id())).contains(bare);
    var bySource = query(ThreadQuery.Sort.CREATED_AT, true, source.provenance().source(), null);
    assertThat(listing.page(bySource)).containsExactly(source);
    assertThat(rows.findAllById(List.of(full.id(), UUID.randomUUID(), bare.id())))
        .containsExactlyInAnyOrder(full, bare);
    assertThat(rows.findAllById(List.of())).isEmpty();
  }

  @Test
  void longTextsAreNotTruncated() {
    var text = "日本 and \uD83D\uDE00 ".repeat(50_000);
    var row = rows.insert(full(UUID.randomUUID(), text, NOW));

    assertThat(rows.findById(row.id())).contains(row);
  }

  @Test
  void aDuplicateIdIsRejectedAndLeavesTheRowUnchanged() {
    var row = rows.insert(thread(UUID.randomUUID(), "first", null, null, NOW));

    assertThatThrownBy(() -> rows.insert(thread(row.id(), "second", null, null, NOW)))
        .isInstanceOf(DuplicateKeyException.class);
    assertThat(rows.findById(row.id())).contains(row);
  }

  @Test
  void aBatchOfRowsIsInsertedCompletelyOrNotAtAll() {
    var taken = insertThread();
    var fresh = bare(UUID.randomUUID(), NOW);
    long before = rows.count();

    assertThatThrownBy(() -> inTransaction(() -> rows.insertAll(List.of(fresh, taken))))
        .isInstanceOf(DuplicateKeyException.class);
    assertThat(rows.existsById(fresh.id())).isFalse();
    rows.insertAll(List.of());
    rows.insertAll(List.of(fresh, bare(UUID.randomUUID(), NOW)));
    assertThat(rows.existsById(fresh.id())).isTrue();
    assertThat(rows.count()).isEqualTo(before + 2);
  }

  @Test
  void anUpdateOfNotesChangesOnlyItsColumns() {
    var row = insertThread();

    assertThat(rows.name(row.id(), "once", NOW)).isEqualTo(1);
    assertThat(rows.name(row.id(), "before", NOW.minusMillis(1))).isZero();
    assertThat(rows.name(row.id(), "once", NOW.plusMillis(1))).isZero();
    update(row.id(), ThreadNotes.ofPin(true, 1).plus(ThreadNotes.ofMetadata(ODD, 2)));
    update(row.id(), ThreadNotes.ofName("before", NOW.minusMillis(1), 2));
    var pinned = rows.findById(row.id()).orElseThrow();
    assertThat(pinned.attributes().name()).isEqualTo("once");
    assertThat(pinned.attributes().namedAt()).isEqualTo(NOW);
    assertThat(pinned.attributes().metadata()).isEqualTo(ODD);
    assertThat(pinned.attributes().pinned()).isTrue();
    assertThat(pinned.counters().nextOrdinal()).isEqualTo(9);

    update(
        row.id(),
        ThreadNotes.ofName(null, NOW.plusMillis(1), 3).plus(ThreadNotes.ofMetadata(null, 3)));
    var found = rows.findById(row.id()).orElseThrow();
    assertThat(found.attributes().name()).isNull();
    assertThat(found.attributes().namedAt()).isEqualTo(NOW.plusMillis(1));
    assertThat(found.attributes().metadata()).isNull();
    assertThat(found.attributes().pinned()).isTrue();
    assertThat(found.attributes().revision()).isEqualTo(4);
  }

  private void update(UUID thread, ThreadNotes notes) {
    the(RowBatchUpdater.class)
        .update(
            List.of(
                new ThreadProgress(
                    thread,
                    new Activity(NOW, null, null, null, false),
                    new Counters(0, 7, 9, 0),
                    TokenSums.NONE,
                    1000,
                    true,
                    null,
                    notes)),
            List.of(),
            Map.of());
  }

  @Test
  void aThreadIsArchivedAndUnarchived() {
    var row = insertThread();

    assertThat(rows.move(row.id(), NOW, "archived_sessions/" + ODD, NOW)).isEqualTo(1);
    assertThat(rows.findById(row.id()).orElseThrow().attributes().archivedAt()).isEqualTo(NOW);
    assertThat(rows.move(row.id(), null, row.storage().rolloutPath(), NOW)).isEqualTo(1);
    assertThat(rows.findById(row.id()).orElseThrow().attributes().archivedAt()).isNull();
    assertThat(rows.move(UUID.randomUUID(), null, "nowhere", NOW)).isZero();
  }

  @Test
  void aRowIsSyncedUnlessItHasChangedMeanwhile() {
    var row = insertThread();
    var full = full(row.id(), ODD, NOW.plusMillis(1));

    assertThat(rows.bringUp(full, 1, 1, 0)).isZero();
    assertThat(rows.bringUp(full, 0, 1, 0)).isEqualTo(1);
    var found = rows.findById(row.id()).orElseThrow();
    assertThat(found.provenance().git()).isEqualTo(ODD);
    assertThat(found.activity().activeTurnId()).isEqualTo(full.activity().activeTurnId());
    assertThat(found.attributes().archivedAt()).isEqualTo(full.attributes().archivedAt());

    assertThat(rows.bringUp(bare(row.id(), NOW), Long.MAX_VALUE, Long.MAX_VALUE, 0)).isEqualTo(1);
    assertThat(rows.findById(row.id()).orElseThrow().activity().activeTurnId()).isNull();
  }

  @Test
  void aRowMovedOrRenamedMeanwhileIsNotOverwritten() {
    var row = insertThread();
    var stale = full(row.id(), ODD, NOW);
    update(row.id(), ThreadNotes.ofName("by a person", NOW, 1));
    rows.move(row.id(), NOW, "archived_sessions/" + ODD, NOW);

    assertThat(rows.bringUp(stale, 0, 1, 0)).isZero();

    var found = rows.findById(row.id()).orElseThrow();
    assertThat(found.attributes().name()).isEqualTo("by a person");
    assertThat(found.storage().rolloutPath()).isEqualTo("archived_sessions/" + ODD);
    assertThat(found.attributes().archivedAt()).isEqualTo(NOW);
  }

  @Test
  void aRowExtendsToItsLastGapAndCountsGaps() {
    var row = insertThread();
    the(GapRepository.class).insert(gap(row.id(), 1, 5, "storage_full"));

    assertThat(rows.reachTo(row.id(), 5)).isEqualTo(1);
    assertThat(rows.reachTo(row.id(), 5)).isZero();
    var found = rows.findById(row.id()).orElseThrow();
    assertThat(found.counters().nextOrdinal()).isEqualTo(5);
    assertThat(found.counters().openGaps()).isEqualTo(1);
    assertThat(rows.openGaps(row.id(), 0)).isEqualTo(1);
    assertThat(rows.findById(row.id()).orElseThrow().counters().openGaps()).isZero();
  }

  @Test
  void abandonedTurnsAreFoundOldestFirst() {
    var old = NOW.minus(Duration.ofDays(40_000));
    var idle = IntStream.range(0, 3).mapToObj(n -> withTurn(old.plusMillis(n))).toList();
    withTurn(old.plusMillis(10));

    assertThat(rows.withTurnIdleSince(old.plusMillis(10), 2)).isEqualTo(idle.subList(0, 2));
    assertThat(rows.withTurnIdleSince(old.plusMillis(10), 100)).isEqualTo(idle);
    var first = idle.getFirst();
    assertThat(rows.endTurn(first.id(), UUID.randomUUID())).isZero();
    assertThat(rows.endTurn(first.id(), first.activity().activeTurnId())).isEqualTo(1);
    assertThat(rows.withTurnIdleSince(old.plusMillis(10), 100)).isEqualTo(idle.subList(1, 3));
  }

  @Test
  void rowsOfAThreadAreDeletedWithIt() {
    var row = insertThread();
    the(TurnRepository.class).insert(turn(row.id(), UUID.randomUUID(), 1));
    the(GapRepository.class).insert(gap(row.id(), 1, 2, "unknown"));

    assertThat(rows.remove(row.id())).isEqualTo(1);
    assertThat(rows.remove(row.id())).isZero();
    assertThat(rows.existsById(row.id())).isFalse();
    assertThat(the(TurnRepository.class).page(row.id(), -1, 10)).isEmpty();
    assertThat(the(GapRepository.class).countOpen(row.id())).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void pagesContinueAcrossEqualTimes(ThreadQuery.Sort sort) {
    var source = "pages " + sort;
    var all =
        IntStream.range(0, 9)
            .mapToObj(n -> thread(UUID.randomUUID(), null, source, null, NOW.plusMillis(n / 4)))
            .map(rows::insert)
            .toList();

    for (boolean descending : List.of(true, false)) {
      var seen = new ArrayList<ThreadRow>();
      var page = listing.page(query(sort, descending, source, null));
      while (!page.isEmpty()) {
        seen.addAll(page);
        var last = page.getLast();
        page =
            listing.page(
                query(
                    sort,
                    descending,
                    source,
                    new ThreadQuery.Position(last.provenance().createdAt(), last.id())));
      }
      assertThat(seen).containsExactlyInAnyOrderElementsOf(all);
      assertThat(seen)
          .extracting(row -> row.provenance().createdAt())
          .isSortedAccordingTo(
              descending ? Comparator.<Instant>reverseOrder() : Comparator.naturalOrder());
    }
  }

  @Test
  void filtersCanBeCombined() {
    var parent = UUID.randomUUID();
    var full = full(UUID.randomUUID(), "filters " + ODD, NOW);
    var row = rows.insert(full);
    var forked = rows.insert(thread(UUID.randomUUID(), null, null, parent, NOW));

    assertThat(
            listing.page(
                new ThreadQuery(
                    ThreadQuery.Sort.UPDATED_AT,
                    true,
                    10,
                    ThreadFilter.all()
                        .archived(true)
                        .pinned(true)
                        .gapped(true)
                        .source(row.provenance().source())
                        .cwd(row.provenance().cwd())
                        .model(row.activity().model())
                        .text("filters")
                        .forkedFrom(row.lineage().forkedFromId())
                        .kind(row.lineage().kind())
                        .parentThread(row.lineage().parentThreadId()),
                    null)))
        .containsExactly(row);
    assertThat(listing.page(search(null, parent, null))).containsExactly(forked);
    assertThat(listing.page(search(null, parent, false))).containsExactly(forked);
    assertThat(listing.page(search(null, parent, true))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"'", "100%", "%_", "_of", "!\\", "\\ ", "IT'S", "\uD83D\uDE00", "日", ":x"})
  void searchTextIsMatchedLiterally(String text) {
    var parent = UUID.randomUUID();
    var row = rows.insert(thread(UUID.randomUUID(), ODD, null, parent, NOW));
    rows.insert(thread(UUID.randomUUID(), "1000 of it", null, parent, NOW));

    assertThat(listing.page(search(text, parent, null))).containsExactly(row);
  }

  @Test
  void caseIsIgnoredInAllAlphabets() {
    var parent = UUID.randomUUID();
    var row = rows.insert(thread(UUID.randomUUID(), "ÉCLAIR für ЖУК", null, parent, NOW));

    assertThat(listing.page(search("éclair FÜR жук", parent, null))).containsExactly(row);
  }

  @Test
  void directoriesAndTextsAreFoundInAllUnicodeSpellings() {
    var parent = UUID.randomUUID();
    var windows = rows.insert(in("C:\\code\\sub", parent));
    var mac = rows.insert(in("/Users/Zoe\u0308/", parent));

    for (var spelling :
        List.of("\\\\?\\C:\\code\\sub", "c:/code/sub/", "C:\\code\\\\sub\\", "c:\\code/sub")) {
      assertThat(listing.page(of(ThreadFilter.all().forkedFrom(parent).cwd(spelling))))
          .as(spelling)
          .containsExactly(windows);
      assertThat(listing.page(of(ThreadFilter.all().forkedFrom(parent).text(spelling))))
          .as(spelling)
          .containsExactly(windows);
    }
    assertThat(listing.page(of(ThreadFilter.all().forkedFrom(parent).cwd("/Users/Zo\u00eb"))))
        .containsExactly(mac);
    assertThat(listing.page(of(ThreadFilter.all().forkedFrom(parent).text("ZO\u00cb"))))
        .containsExactly(mac);
    assertThat(listing.page(of(ThreadFilter.all().forkedFrom(parent).cwd("C:\\Work\\sub"))))
        .isEmpty();
  }

  @Test
  void valuesThatDifferAfterTheIndexedPrefixAreDifferent() {
    var parent = UUID.randomUUID();
    var long1 = "\uD83D\uDE00".repeat(3000) + "1";
    var row = rows.insert(thread(UUID.randomUUID(), null, long1, parent, NOW));
    var deep = rows.insert(in("/" + long1, parent));

    assertThat(listing.page(of(ThreadFilter.all().source(long1)))).containsExactly(row);
    assertThat(listing.page(of(ThreadFilter.all().source(long1 + "x")))).isEmpty();
    assertThat(listing.page(of(ThreadFilter.all().cwd("/" + long1)))).containsExactly(deep);
    assertThat(listing.page(of(ThreadFilter.all().cwd("/" + long1 + "x")))).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("accesses")
  void listsAndFacetsHaveTheThreadsThatTheCallerSees(Access access) {
    var source = "owned " + UUID.randomUUID();
    var all = owners().stream().map(owner -> rows.insert(ownedBy(owner, source))).toList();
    var visible =
        all.stream()
            .filter(row -> access.sees(row.provenance().owner()))
            .map(ThreadRow::id)
            .toList();

    var filter = ThreadFilter.all().visibleTo(access).source(source);
    assertThat(listing.page(of(filter)).stream().map(ThreadRow::id))
        .containsExactlyInAnyOrderElementsOf(visible);
    assertThat(the(ThreadFacets.class).of(access, false, "thread", 100_000).source())
        .filteredOn(facet -> facet.value().equals(source))
        .allSatisfy(facet -> assertThat(facet.threads()).isEqualTo(visible.size()))
        .hasSize(visible.isEmpty() ? 0 : 1);
    assertThat(all)
        .allSatisfy(row -> assertThat(rows.ownerOf(row.id())).contains(row.provenance().owner()));
  }

  @Test
  void pagesOfATenantAreTheSameWithEveryQueryPlan() {
    var tenant = "tenant " + UUID.randomUUID();
    var access = new Access(Owner.NONE, tenant, null, false);
    int many = QueryPlans.MAX_CANDIDATES + 200;
    rows.insertAll(
        IntStream.range(0, 2 * many)
            .mapToObj(n -> ownedBy(new Owner(n % 2 == 0 ? tenant : "another", "ann"), null))
            .toList());

    assertThat(walked(ThreadFilter.all().visibleTo(access)))
        .hasSize(many)
        .allSatisfy(row -> assertThat(row.provenance().owner().tenant()).isEqualTo(tenant));
    assertThat(walked(ThreadFilter.all().visibleTo(new Access(Owner.NONE, tenant, "bob", false))))
        .isEmpty();
  }

  /// More than are sorted: they are looked at in their order.
  @Test
  void pagesAreTheSameWithEveryQueryPlan() {
    var source = "many " + UUID.randomUUID();
    var all =
        IntStream.range(0, QueryPlans.MAX_CANDIDATES + 200)
            .mapToObj(n ->
                thread(UUID.randomUUID(), "number " + n % 100, source, null, NOW.plusMillis(n)))
            .toList();
    rows.insertAll(all);
    var sevens = all.stream().filter(row -> row.attributes().name().endsWith(" 7")).toList();

    assertThat(walked(ThreadFilter.all().source(source))).isEqualTo(all);
    assertThat(walked(ThreadFilter.all().source(source).text("NUMBER 7")))
        .containsAll(sevens)
        .hasSize(11 * 12);
    assertThat(walked(ThreadFilter.all().source(source).among(Set.of(all.get(3).id()))))
        .containsExactly(all.get(3));
    var some = all.stream().skip(50).map(ThreadRow::id).collect(Collectors.toSet());
    assertThat(walked(ThreadFilter.all().source(source).notAmong(some)))
        .isEqualTo(all.subList(0, 50));
  }

  @Test
  void facetsAreTheMostFrequentValuesInAnOriginalSpelling() {
    var cwd = "D:\\facets";
    rows.insertAll(
        IntStream.range(0, 2000).mapToObj(n -> in(n % 2 == 0 ? cwd : "d:/facets/", null)).toList());

    var facets = the(ThreadFacets.class).of(Access.ALL, false, "thread", 1);

    assertThat(facets.cwd())
        .singleElement()
        .satisfies(facet -> {
          assertThat(facet.value()).isIn(cwd, "d:/facets/");
          assertThat(facet.threads()).isEqualTo(2000);
        });
    assertThat(the(ThreadFacets.class).of(Access.ALL, true, null, 100).cwd())
        .noneMatch(facet -> facet.value().contains("facets"));
  }

  private List<ThreadRow> walked(ThreadFilter filter) {
    var seen = new ArrayList<ThreadRow>();
    ThreadQuery.Position after = null;
    for (; ; ) {
      var query = new ThreadQuery(ThreadQuery.Sort.CREATED_AT, false, 100, filter, after);
      var page = listing.page(query);
      if (page.isEmpty()) {
        return seen;
      }
      seen.addAll(page);
      after =
          new ThreadQuery.Position(page.getLast().provenance().createdAt(), page.getLast().id());
    }
  }

  private static ThreadQuery of(ThreadFilter filter) {
    return new ThreadQuery(ThreadQuery.Sort.CREATED_AT, false, 10, filter, null);
  }

  private static ThreadRow in(String cwd, UUID parent) {
    return thread(UUID.randomUUID(), null, null, cwd, parent, NOW);
  }

  private ThreadRow withTurn(Instant at) {
    var row = rows.insert(bare(UUID.randomUUID(), at));
    var active = full(row.id(), "", at);
    rows.bringUp(active, 0, 1, 0);
    return rows.findById(row.id()).orElseThrow();
  }

  private static ThreadQuery query(
      ThreadQuery.Sort sort, boolean descending, String source, ThreadQuery.Position after) {
    return new ThreadQuery(sort, descending, 2, ThreadFilter.all().source(source), after);
  }

  private static ThreadQuery search(String text, UUID parent, Boolean archived) {
    return new ThreadQuery(
        ThreadQuery.Sort.CREATED_AT,
        false,
        10,
        ThreadFilter.all().archived(archived).text(text).forkedFrom(parent),
        null);
  }

  @ParameterizedTest
  @MethodSource("accesses")
  void onlyUsageOfVisibleThreadsIsScanned(Access access) {
    var source = UUID.randomUUID().toString();
    var threads =
        owners().stream()
            .map(owner -> used(ownedBy(owner, source), "1,1,5"))
            .map(rows::insert)
            .toList();
    rows.insert(ownedBy(Owner.NONE, source));

    assertThat(scanned(ThreadFilter.all().visibleTo(access).source(source)))
        .extracting(ThreadUsage::id)
        .containsExactlyInAnyOrderElementsOf(
            threads.stream()
                .filter(row -> access.sees(row.provenance().owner()))
                .map(ThreadRow::id)
                .toList());
  }

  @Test
  void everyThreadWithUsageIsScannedOnce() {
    var source = "scan";
    rows.insertAll(
        IntStream.range(0, 5000)
            .mapToObj(n ->
                used(
                    thread(UUID.randomUUID(), null, source, "/c/", null, NOW.plusMillis(n / 3000)),
                    n + ",1,2,3"))
            .toList());

    var seen = scanned(ThreadFilter.all().source(source).archived(false).kind("thread"));

    assertThat(seen).hasSize(5000).doesNotHaveDuplicates();
    assertThat(seen).extracting(usage -> String.valueOf(usage.timeline())).doesNotHaveDuplicates();
    assertThat(seen)
        .extracting(ThreadUsage::cwd, ThreadUsage::cwdKey)
        .containsOnly(tuple("/c/", "/c"));
    assertThat(scanned(ThreadFilter.all().source(source).model("m"))).isEmpty();
  }

  private List<ThreadUsage> scanned(ThreadFilter filter) {
    var seen = new ArrayList<ThreadUsage>();
    the(UsageScan.class).forEach(filter, seen::add);
    return seen;
  }

  private static ThreadRow used(ThreadRow row, String timeline) {
    return new ThreadRow(
        row.id(),
        row.attributes(),
        row.provenance(),
        row.lineage(),
        row.activity(),
        row.counters(),
        new TokenSums(null, null, timeline),
        row.storage());
  }
}
