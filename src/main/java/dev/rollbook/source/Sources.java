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
    var bytes = compressed ? new ZstdInputStream(new BufferedInputStream(rollout)) : rollout;
    return new SourceReader(bytes, SourcePlace.START, false);
  }

  /// Whole lines behind a place of a file that is being written. To be closed.
  public SourceReader readOn(SourceFile file, SourcePlace from) throws IOException {
    return new SourceReader(open(file, from.bytes()), from, true);
  }

  private InputStream open(SourceFile source, long from) throws IOException {
    var file = disk.openForRead(source.path());
    try {
      var bytes = new FileInput(file, from, file.size());
      return source.isCompressed() ? new ZstdInputStream(new BufferedInputStream(bytes)) : bytes;
    } catch (IOException failed) {
      try (file) {
        throw failed;
      }
    }
  }
}
