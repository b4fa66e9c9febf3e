package dev.rollbook.statedb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.access.Access;
import dev.rollbook.access.Owner;
import dev.rollbook.model.ImportId;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Imports, and the files that were taken, are stored alike by every database.
abstract class ImportRepositoryContract extends StateDbContract {
  /// As long as Linux lets a path be, of characters that are three bytes each in a database.
  private static final String LONGEST_PATH = "/日".repeat(2048);

  private ImportRepository imports;
  private SourceFileRepository files;

  @BeforeEach
  void take() {
    imports = the(ImportRepository.class);
    files = the(SourceFileRepository.class);
  }

  @Test
  void importsAreListedNewestFirst() {
    var first = imports.insert(queued(LONGEST_PATH));
    var second = imports.insert(queued(ODD));
    var third = imports.insert(queued(""));

    assertThat(imports.page(Access.ALL, null, 3)).containsExactly(third, second, first);
    assertThat(imports.page(Access.ALL, third.id(), 1)).containsExactly(second);
    assertThat(imports.unfinished()).containsSubsequence(first, second, third);
  }

  @Test
  void anImportIsUpdatedAlsoToNullValues() {
    var row = imports.insert(queued("home"));
    var done = over(row, ODD, "[" + "\"problem\",".repeat(100_000) + "]");

    assertThat(imports.update(done)).isEqualTo(1);
    assertThat(imports.findById(row.id())).contains(done);
    assertThat(imports.unfinished()).doesNotContain(done);
    assertThat(imports.update(row)).isEqualTo(1);
    assertThat(imports.findById(row.id())).contains(row);
    assertThat(imports.findById(UUID.randomUUID())).isEmpty();
    assertThat(imports.update(queued("nowhere"))).isZero();
  }

  @Test
  void aSourceFileIsRecognisedByItsState() {
    var thread = UUID.randomUUID();
    var row = files.insert(new SourceFileRow(LONGEST_PATH, thread, 100, NOW));

    assertThat(files.has(row)).isTrue();
    assertThat(files.has(new SourceFileRow(LONGEST_PATH, thread, 101, NOW))).isFalse();
    assertThat(files.has(new SourceFileRow(LONGEST_PATH, thread, 100, NOW.plusMillis(1))))
        .isFalse();
    assertThat(files.has(new SourceFileRow(ODD, thread, 100, NOW))).isFalse();
    assertThat(files.has(new SourceFileRow(LONGEST_PATH, UUID.randomUUID(), 100, NOW))).isFalse();
    assertThat(files.existsByThread(thread)).isTrue();
    assertThat(files.existsByThread(UUID.randomUUID())).isFalse();

    var longer = new SourceFileRow(LONGEST_PATH, thread, 200, NOW.plusMillis(2));
    assertThat(files.update(longer)).isEqualTo(1);
    assertThat(files.has(longer)).isTrue();
    assertThat(files.has(row)).isFalse();
    assertThat(files.update(new SourceFileRow(ODD, thread, 1, NOW))).isZero();
  }

  @ParameterizedTest
  @MethodSource("accesses")
  void aPageHasTheImportsThatTheCallerSees(Access access) {
    var all =
        owners().stream()
            .map(owner -> the(ImportRepository.class).insert(queued(ODD, owner)))
            .toList();

    assertThat(the(ImportRepository.class).page(access, null, 100_000))
        .filteredOn(all::contains)
        .containsExactlyInAnyOrderElementsOf(
            all.stream().filter(row -> access.sees(row.request().owner())).toList());
  }

  @Test
  void onlyTheReplicaOfAnImportChangesItsRow() {
    var imports = the(ImportRepository.class);
    var row = imports.insert(queued(ODD));
    var first = UUID.randomUUID();
    var second = UUID.randomUUID();

    assertThat(imports.take(row.id(), second, first)).as("another one runs it").isZero();
    assertThat(imports.take(row.id(), null, first)).isEqualTo(1);
    assertThat(imports.take(row.id(), null, second)).as("it is taken").isZero();
    var taken = imports.findById(row.id()).orElseThrow();
    assertThat(taken.replica()).isEqualTo(first);
    assertThat(imports.take(row.id(), first, second)).isEqualTo(1);
    assertThat(imports.update(over(taken, "late", "[]"))).as("by the first one").isZero();

    assertThat(imports.giveUp(first)).isZero();
    assertThat(imports.cancel(row.id())).isEqualTo(1);
    assertThat(imports.cancelledAmong(List.of(row.id(), UUID.randomUUID())))
        .containsExactly(row.id());
    assertThat(imports.giveUp(second)).isEqualTo(1);
    assertThat(imports.take(row.id(), null, first)).isEqualTo(1);
    assertThat(imports.update(over(taken, "its own", "[]"))).isEqualTo(1);
    assertThat(imports.take(row.id(), first, second)).as("it is over").isZero();
    assertThat(imports.cancel(row.id())).isZero();
  }

  private static ImportRow queued(String path) {
    return queued(path, Owner.NONE);
  }

  private static ImportRow queued(String path, Owner owner) {
    return new ImportRow(
        ImportId.next().value(),
        new ImportRow.Request("path", path, owner),
        "queued",
        new ImportRow.Times(NOW, null, null),
        new ImportRow.Counts(0, 0, 0, 0, 0, 0, 0, 0, 0),
        null,
        "[]",
        null);
  }

  private static ImportRow over(ImportRow row, String error, String problems) {
    return new ImportRow(
        row.id(),
        row.request(),
        "failed",
        new ImportRow.Times(NOW, NOW, NOW.plusMillis(1)),
        new ImportRow.Counts(Long.MAX_VALUE, 2, 3, 4, 5, 6, 7, 8, Long.MAX_VALUE),
        error,
        problems,
        row.replica());
  }
}
