package dev.rollbook.api.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.event.SseEncoder;
import dev.rollbook.memory.MemoryReservation;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SseBlocksTest {
  private static final String STREAM =
      ": rollbook\nretry: 2000\nid: 3\n\n"
          + "event: turn/started\ndata: {}\n\n"
          + "id: 4\nevent: item/appended\ndata: {\"item\":\"id: 9\\n\\n\"}\n\n"
          + ": still here\n\n";

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 1000})
  void passesWholeEventsOnHoweverTheyArrive(int bytesPerRead) throws IOException {
    var blocks = blocks(STREAM + "id: 5\nevent: item/appended\ndata: {", bytesPerRead);
    var all = new ByteArrayOutputStream();
    Long last = null;
    for (var some = blocks.next(); some != null; some = blocks.next()) {
      assertThat(new String(some.bytes(), StandardCharsets.UTF_8)).endsWith("\n\n");
      assertThat(some.isLast()).isFalse();
      all.write(some.bytes());
      last = some.lastId() == null ? last : some.lastId();
    }

    assertThat(all.toString(StandardCharsets.UTF_8)).isEqualTo(STREAM);
    assertThat(last).isEqualTo(4);
  }

  @Test
  void passesEventsOnThatAreLargerThanItsBuffer() throws IOException {
    var large = "id: 1\ndata: " + "x".repeat(1_000_000) + "\n\n";
    var blocks = blocks(large + "id: 2\ndata: y\n\n", 5000);

    assertThat(new String(blocks.next().bytes(), StandardCharsets.UTF_8)).startsWith(large);
    var rest = blocks.next();
    while (rest != null && rest.lastId() != 2) {
      rest = blocks.next();
    }
    assertThat(blocks.next()).isNull();
  }

  @Test
  void knowsTheEventsThatEndAStream() throws IOException {
    var lagged = new String(SseEncoder.lagged(null, 4L), StandardCharsets.UTF_8);
    var expired = new String(SseEncoder.credentialExpired(null, 4L), StandardCharsets.UTF_8);

    assertThat(blocks(lagged, 1000).next().isLast()).isTrue();
    assertThat(blocks(STREAM + expired, 1000).next().isLast()).isTrue();
  }

  private static SseBlocks blocks(String text, int bytesPerRead) {
    InputStream slow =
        new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)) {
          @Override
          public synchronized int read(byte[] buffer, int offset, int length) {
            return super.read(buffer, offset, Math.min(length, bytesPerRead));
          }
        };
    return new SseBlocks(slow, MemoryReservation.UNLIMITED);
  }
}
