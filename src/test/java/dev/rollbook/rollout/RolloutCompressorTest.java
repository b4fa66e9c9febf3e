package dev.rollbook.rollout;

import static dev.rollbook.rollout.TestRollouts.lines;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.rollbook.memory.MemoryReservation;
import dev.rollbook.model.ResumeFailure;
import dev.rollbook.rollout.disk.DamagedFileException;
import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.rollout.line.OrdinalRange;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.rollout.zstd.SeekableZstdFile;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// A rollout that is compressed is to its readers what it was, and becomes plain when it is
/// written.
class RolloutCompressorTest extends OnAnyDisk {
  private static final int ITEMS = 80_000;

  @Test
  void allReadsOfACompressedRolloutEqualThoseOfThePlainOne() throws IOException {
    var store = in(directory);
    var ref = large(store);
    var rollouts = store.rollouts();
    var plain = store.files.readAllBytes(ref.path());
    var whole = told(store.read(ref));
    var middle = new OrdinalRange(20_000, Long.MAX_VALUE);
    var forward =
        told(
            rollouts
                .page(ref, Long.MAX_VALUE, middle, 100, false, MemoryReservation.UNLIMITED)
                .lines());
    var backward =
        told(
            rollouts
                .page(ref, Long.MAX_VALUE, OrdinalRange.ALL, 100, true, MemoryReservation.UNLIMITED)
                .lines());

    store.compress(ref);

    assertThat(told(store.read(ref))).isEqualTo(whole);
    assertThat(
            told(
                rollouts
                    .page(ref, Long.MAX_VALUE, middle, 100, false, MemoryReservation.UNLIMITED)
                    .lines()))
        .isEqualTo(forward);
    assertThat(
            told(
                rollouts
                    .page(
                        ref,
                        Long.MAX_VALUE,
                        OrdinalRange.ALL,
                        100,
                        true,
                        MemoryReservation.UNLIMITED)
                    .lines()))
        .isEqualTo(backward);
    assertThat(rollouts.size(ref)).isEqualTo(plain.length);
    assertThat(rollouts.check(ref)).isEmpty();
    var content = rollouts.content(ref, Long.MAX_VALUE).orElseThrow();
    assertThat(content.length()).isEqualTo(plain.length);
    try (var in = content.open()) {
      assertThat(in.readAllBytes()).isEqualTo(plain);
    }
    try (var all = rollouts.all()) {
      assertThat(all).containsExactly(ref);
    }
    assertThat(store.files.exists(ref.path())).isFalse();
    assertThat(store.disk.openFiles()).isZero();
  }

  @Test
  void aRolloutCompressedAsASingleFrameIsReadTheSame() throws IOException {
    var store = in(directory);
    var ref = large(store);
    var late = new OrdinalRange(60_000, Long.MAX_VALUE);
    var whole = told(store.read(ref));
    var page =
        told(
            store
                .rollouts()
                .page(ref, Long.MAX_VALUE, late, 10, false, MemoryReservation.UNLIMITED)
                .lines());
    var last =
        told(
            store
                .rollouts()
                .page(ref, Long.MAX_VALUE, OrdinalRange.ALL, 10, true, MemoryReservation.UNLIMITED)
                .lines());
    store.files.write(
        TestRollouts.compressed(ref), Zstd.compress(store.files.readAllBytes(ref.path())));
    store.files.delete(ref.path());

    assertThat(told(store.read(ref))).isEqualTo(whole);
    assertThat(
            told(
                store
                    .rollouts()
                    .page(ref, Long.MAX_VALUE, late, 10, false, MemoryReservation.UNLIMITED)
                    .lines()))
        .isEqualTo(page);
    assertThat(
            told(
                store
                    .rollouts()
                    .page(
                        ref,
                        Long.MAX_VALUE,
                        OrdinalRange.ALL,
                        10,
                        true,
                        MemoryReservation.UNLIMITED)
                    .lines()))
        .isEqualTo(last);
    assertThat(store.rollouts().check(ref)).isEmpty();
  }

  @Test
  void aPageInTheMiddleDecompressesOnlyAPart() throws IOException {
    var store = in(directory);
    var ref = large(store);
    int frames = (int) (store.files.size(ref.path()) / SeekableZstdFile.FRAME_BYTES);
    store.compress(ref);
    store.disk.heal();

    store
        .rollouts()
        .page(
            ref,
            Long.MAX_VALUE,
            new OrdinalRange(ITEMS - 200, Long.MAX_VALUE),
            1,
            false,
            MemoryReservation.UNLIMITED);

    assertThat(frames).isGreaterThan(4);
    assertThat(
            store.disk.calls().stream()
                .filter(call -> call.operation() == FaultyDisk.Operation.READ)
                .count())
        .as("reads of frames and their table")
        .isLessThan(frames);
  }

  @Test
  void anAppendDecompressesTheRollout() throws IOException {
    var store = in(directory);
    var ref = store.existing("a", "b");
    store.compress(ref);
    var writer = store.rollouts().writer(ref, store.rollouts().size(ref));

    writer.append(lines(3, "c"));

    assertThat(store.stored(ref)).containsExactly("a", "b", "c");
    assertThat(store.beside(ref)).isEmpty();
    assertThat(writer.committed()).isEqualTo(store.files.size(ref.path()));
  }

  @Test
  void aGapRepairDecompressesTheRollout() throws IOException {
    var store = in(directory);
    var ref = store.newRef();
    var before = store.create(ref);
    before.append(lines(1, "a"));
    before.append(lines(3, "c"));
    before.close();
    store.compress(ref);
    var writer = store.rollouts().writer(ref, store.rollouts().size(ref));

    assertThat(writer.insert(new OrdinalRange(2, 2), lines(2, "b"))).isTrue();

    assertThat(store.stored(ref)).containsExactly("a", "b", "c");
    assertThat(store.beside(ref)).isEmpty();
  }

  @Test
  void aTornTailIsRepairedOnOpen() throws IOException {
    var store = in(directory);
    var ref = store.existing("a");
    store.files.writeString(ref.path(), store.files.readString(ref.path()) + "{\"torn");
    store.compress(ref);

    store.rollouts().prepareForAppend(ref);

    assertThat(store.stored(ref)).containsExactly("a");
    assertThat(store.beside(ref)).containsExactly(ref.path().getFileName() + ".torn-1");
  }

  @Test
  void archivingKeepsTheCompression() throws IOException {
    var store = in(directory);
    var ref = store.existing("a");
    store.compress(ref);

    var archived = store.rollouts().archive(ref, TestRollouts.NOW);

    assertThat(store.rollouts().content(archived, Long.MAX_VALUE).orElseThrow().modified())
        .isEqualTo(TestRollouts.NOW);
    assertThat(store.files.exists(TestRollouts.compressed(archived))).isTrue();
    assertThat(store.files.exists(TestRollouts.compressed(ref))).isFalse();
    assertThat(store.rollouts().unarchive(archived)).isEqualTo(ref);
    assertThat(store.files.exists(TestRollouts.compressed(ref))).isTrue();
  }

  @Test
  void deletionRemovesTheFilesBesideIt() throws IOException {
    var store = in(directory);
    var ref = store.existing("a");
    store.compress(ref);

    store.rollouts().delete(ref);

    assertThat(store.beside(ref)).isEmpty();
    assertThat(store.rollouts().check(ref)).contains(ResumeFailure.ROLLOUT_MISSING);
  }

  @Test
  void compressionKeepsTheModificationTime() throws IOException {
    var store = in(directory);
    var ref = store.existing("a");
    store.disk.setModified(ref.path(), TestRollouts.NOW);

    store.compress(ref);
    assertThat(store.disk.stat(TestRollouts.compressed(ref)).modified())
        .isEqualTo(TestRollouts.NOW);
    store.rollouts().disk().expandIfCompressed(ref.path());

    assertThat(store.disk.stat(ref.path()).modified()).isEqualTo(TestRollouts.NOW);
  }

  @Test
  void linesWrittenDuringCompressionAreKept() throws IOException {
    var store = in(directory);
    var ref = store.existing("a");
    try (var copy = store.cold().compress(ref).orElseThrow()) {
      store.append(ref, lines(2, "b"));
      assertThat(copy.replace()).isFalse();
    }

    assertThat(store.stored(ref)).containsExactly("a", "b");
    assertThat(store.beside(ref)).isEmpty();
    assertThat(store.unfinished()).isEmpty();
  }

  @Test
  void thePlainFileWinsUnlessItIsAPrefixOfTheCompressedOne() throws IOException {
    var store = in(directory);
    var ref = store.existing("a");
    var old = store.files.readAllBytes(ref.path());
    store.files.write(TestRollouts.compressed(ref), Zstd.compress(old));
    store.append(ref, lines(2, "b"));
    store.rollouts().disk().expandIfCompressed(ref.path());
    assertThat(store.stored(ref)).containsExactly("a", "b");
    assertThat(store.beside(ref)).isEmpty();

    store.files.write(
        TestRollouts.compressed(ref), Zstd.compress(store.files.readAllBytes(ref.path())));
    store.files.write(ref.path(), old);
    store.rollouts().disk().expandIfCompressed(ref.path());
    assertThat(store.stored(ref)).containsExactly("a", "b");
    assertThat(store.beside(ref)).isEmpty();
  }

  @Test
  void twoDifferentFilesAreBothKept() throws IOException {
    var store = in(directory);
    var ref = store.existing("a");
    store.files.write(TestRollouts.compressed(ref), Zstd.compress(TestRollouts.utf8("other\n")));

    store.rollouts().disk().expandIfCompressed(ref.path());

    assertThat(store.stored(ref)).containsExactly("a");
    assertThat(store.beside(ref)).containsExactly(ref.path().getFileName() + ".zst.other-1");
    try (var all = store.rollouts().all()) {
      assertThat(all).containsExactly(ref);
    }
  }

  @Test
  void aDamagedFileIsReportedAndNeverReplaced() throws IOException {
    var store = in(directory);
    var ref = store.existing("a");
    store.compress(ref);
    var bytes = store.files.readAllBytes(TestRollouts.compressed(ref));
    bytes[bytes.length / 2] ^= 1;
    store.files.write(TestRollouts.compressed(ref), bytes);
    var writer = store.rollouts().writer(ref, 1);

    assertThatThrownBy(() -> store.read(ref)).isInstanceOf(DamagedFileException.class);
    assertThatThrownBy(() -> writer.append(lines(2, "b"))).isInstanceOf(IOException.class);
    assertThat(store.files.readAllBytes(TestRollouts.compressed(ref))).isEqualTo(bytes);
    assertThat(store.unfinished()).isEmpty();
  }

  private static List<String> told(List<RolloutLine> lines) {
    return lines.stream().map(RolloutLine::toString).toList();
  }

  private static RolloutRef large(TestRollouts store) throws IOException {
    var ref = store.existing();
    for (int from = 1; from < ITEMS; from += 1000) {
      var ids =
          IntStream.range(from, from + 1000).mapToObj(n -> "item-" + n).toArray(String[]::new);
      store.append(ref, lines(from, ids));
    }
    return ref;
  }
}
