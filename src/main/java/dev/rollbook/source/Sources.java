package dev.rollbook.source;

import com.github.luben.zstd.ZstdInputStream;
import dev.rollbook.rollout.Disk;
import dev.rollbook.rollout.FileInput;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.springframework.stereotype.Component;

/// Opens rollouts of others, compressed or not, to be read.
@Component
public class Sources {
  private final Disk disk;

  Sources(Disk disk) {
    this.disk = disk;
  }

  /// All that the file has now. To be closed.
  public SourceReader read(SourceFile file) throws IOException {
    return new SourceReader(open(file, 0), SourcePlace.START, false);
  }

  /// All that was sent. Closes it.
  public SourceReader read(InputStream rollout, boolean compressed) throws IOException {
    return new SourceReader(unpacked(rollout, compressed), SourcePlace.START, false);
  }

  /// Whole lines behind a place of a file that is being written. To be closed.
  public SourceReader readOn(SourceFile file, SourcePlace from) throws IOException {
    return new SourceReader(open(file, from.bytes()), from, true);
  }

  private InputStream open(SourceFile source, long from) throws IOException {
    return unpacked(FileInput.open(disk, source.path(), from), source.isCompressed());
  }

  private static InputStream unpacked(InputStream rollout, boolean compressed) throws IOException {
    if (!compressed) {
      return rollout;
    }
    try {
      var packed = new CountingInput(new BufferedInputStream(rollout));
      return new Unpacked(new ZstdInputStream(packed), packed);
    } catch (IOException failed) {
      try (rollout) {
        throw failed;
      }
    }
  }
}
