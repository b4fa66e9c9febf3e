package dev.rollbook.rollout.zstd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdInputStream;
import dev.rollbook.rollout.disk.DamagedFileException;
import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.rollout.disk.FaultyDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A compressed file is read at any place as the plain one would be, and by every zstd.
class CompressedFileTest {
  private static final int FRAME = SeekableZstdFile.FRAME_BYTES;

  @TempDir Path directory;
  private final FaultyDisk disk = new FaultyDisk();

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100_000, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, 3 * FRAME + 12_345})
  void standardZstdDecompressesTheFile(int size) throws IOException {
    var plain = plain(size);

    try (var in = new ZstdInputStream(Files.newInputStream(compressed(plain)))) {
      assertThat(in.readAllBytes()).isEqualTo(plain);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100_000, FRAME, FRAME + 1, 3 * FRAME + 12_345})
  void readsAtAnyOffsetEqualThePlainFile(int size) throws IOException {
    var plain = plain(size);
    try (var file = DecompressedFile.open(disk, compressed(plain))) {
      assertThat(file.size()).isEqualTo(size);
      assertThat(file.isSeekable()).isTrue();
      assertPlaces(file, plain);
    }
    assertThat(disk.openFiles()).isZero();
  }

  @Test
  void aSeekDecompressesOneFrameHoweverLongTheFileIs() throws IOException {
    var path = compressed(plain(8 * FRAME));
    try (var file = DecompressedFile.open(disk, path)) {
      disk.heal();

      file.read(ByteBuffer.allocate(1000), 5 * FRAME + 77);
      file.read(ByteBuffer.allocate(1000), 5 * FRAME + 1077);

      assertThat(disk.calls())
          .extracting(FaultyDisk.Call::operation)
          .containsExactly(FaultyDisk.Operation.READ);
    }
  }

  @Test
  void aFileCompressedAsASingleFrameReadsTheSame() throws IOException {
    var plain = plain(2 * FRAME + 5);
    var path = Files.write(directory.resolve("theirs.zst"), Zstd.compress(plain));
    try (var file = DecompressedFile.open(disk, path)) {
      assertThat(file.size()).isEqualTo(plain.length);
      assertThat(file.isSeekable()).isFalse();
      assertPlaces(file, plain);
    }
    assertThat(disk.openFiles()).isZero();
  }

  @Test
  void tooLargeFramesAreReadAsAStream() throws IOException {
    var plain = new byte[SeekableZstdFile.MAX_FRAME_BYTES + 1];
    var packed = Zstd.compress(plain);
    var sizes = List.of(new int[] {packed.length, plain.length});
    var table = SeekableZstdFile.table(sizes);
    var path = directory.resolve("large.zst");
    var all = ByteBuffer.allocate(packed.length + table.remaining()).put(packed).put(table);
    Files.write(path, all.array());
    try (var file = DecompressedFile.open(disk, path)) {
      assertThat(file.isSeekable()).isFalse();
      assertThat(file.size()).isEqualTo(plain.length);
    }
  }

  @Test
  void aCorruptByteIsAlwaysDetected() throws IOException {
    var plain = plain(40_000);
    var whole = Files.readAllBytes(compressed(plain));
    var path = directory.resolve("wrong.zst");
    for (int at = 0; at < whole.length; at += at < 200 || at > whole.length - 60 ? 1 : 997) {
      var wrong = whole.clone();
      wrong[at] ^= 0x20;
      Files.write(path, wrong);
      assertPlainOrDamaged(path, plain, at);
    }
  }

  @Test
  void aTruncatedFileIsDamaged() throws IOException {
    var plain = plain(2 * FRAME);
    var whole = Files.readAllBytes(compressed(plain));
    var path = Files.write(directory.resolve("cut.zst"), Arrays.copyOf(whole, 9000));

    try (var file = DecompressedFile.open(disk, path)) {
      assertThatThrownBy(file::size).isInstanceOf(DamagedFileException.class);
    }
  }

  private void assertPlainOrDamaged(Path path, byte[] plain, int at) throws IOException {
    try (var file = DecompressedFile.open(disk, path)) {
      assertThat(file.readFully(0, (int) file.size())).as("wrong at %d", at).isEqualTo(plain);
    } catch (DamagedFileException told) {
      assertThat(told).hasMessageStartingWith("compressed rollout is damaged: ");
    }
  }

  private static void assertPlaces(DiskFile file, byte[] plain) throws IOException {
    var random = new Random(7);
    for (int i = 0; i < 40; i++) {
      int from = random.nextInt(plain.length);
      int length = random.nextInt(Math.min(200_000, plain.length - from) + 1);
      assertThat(file.readFully(from, length))
          .as("%d bytes at %d", length, from)
          .isEqualTo(Arrays.copyOfRange(plain, from, from + length));
    }
    assertThat(file.read(ByteBuffer.allocate(1), plain.length)).isEqualTo(-1);
    assertThat(file.read(ByteBuffer.allocate(1), plain.length + 5)).isEqualTo(-1);
  }

  private Path compressed(byte[] plain) throws IOException {
    var path = Files.write(directory.resolve("plain"), plain);
    var into = directory.resolve("plain.zst");
    SeekableZstdFile.write(disk, path, into);
    return into;
  }

  /// Neither all noise nor all the same.
  private static byte[] plain(int size) {
    var bytes = new byte[size];
    var random = new Random(size);
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) ('a' + random.nextInt(3));
    }
    return bytes;
  }
}
