package dev.rollbook.codex.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RatioLimitedInputStreamTest {
  @Test
  void aSuspiciousCompressionRatioIsRejected() throws IOException {
    try (var bomb = unpacked(new byte[64 << 20])) {
      assertThatThrownBy(() -> bomb.transferTo(OutputStream.nullOutputStream()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("1000 times its size");
    }
  }

  @Test
  void aWellCompressedFileIsReadToItsEnd() throws IOException {
    var text = new byte[20 << 20];
    var random = new Random(1);
    for (int i = 0; i < text.length; i += 1000) {
      text[i] = (byte) random.nextInt();
    }
    try (var history = unpacked(text)) {
      assertThat(history.transferTo(OutputStream.nullOutputStream())).isEqualTo(text.length);
    }
  }

  private static InputStream unpacked(byte[] bytes) throws IOException {
    return RatioLimitedInputStream.zstd(new ByteArrayInputStream(Zstd.compress(bytes)));
  }
}
