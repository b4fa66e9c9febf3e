package dev.rollbook.web.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.web.server.ResponseStatusException;

/// The time limit counts what the client takes, and nothing else.
class TimeLimitedRequestTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int BYTES = 5;

  private final AtomicLong now = new AtomicLong();

  @Test
  void aClientThatTakesTooLongForTheWholeBodyIsRefused() throws IOException {
    var body = bodyWhoseReadsTake(Duration.ofSeconds(4));
    assertThat(body.read()).isPositive();
    assertThat(body.read(new byte[1])).isEqualTo(1);
    assertThatThrownBy(body::read)
        .isInstanceOfSatisfying(
            ResponseStatusException.class,
            e -> assertThat(e.getStatusCode()).isEqualTo(HttpStatus.REQUEST_TIMEOUT));
  }

  @Test
  void timeThatTheServiceTakesBetweenReadsIsNotTheClients() throws IOException {
    var body = bodyWhoseReadsTake(Duration.ofMillis(1));
    for (int n = 0; n < BYTES; n++) {
      assertThat(body.read()).isPositive();
      now.addAndGet(TIMEOUT.toNanos());
    }
    assertThat(body.read()).isNegative();
  }

  @Test
  void aBodyThatIsCompleteIsNotRefusedForItsEnd() throws IOException {
    var body = bodyWhoseReadsTake(TIMEOUT.dividedBy(BYTES));
    assertThat(body.readAllBytes()).hasSize(BYTES);
  }

  private ServletInputStream bodyWhoseReadsTake(Duration each) throws IOException {
    var request =
        new MockHttpServletRequest() {
          @Override
          public ServletInputStream getInputStream() {
            return new SlowBody(each);
          }
        };
    return new TimeLimitedRequest(request, TIMEOUT, Long.MAX_VALUE, now::get).getInputStream();
  }

  /// Gives one byte for each read.
  private final class SlowBody extends ServletInputStream {
    private final Duration each;
    private int left = BYTES;

    private SlowBody(Duration each) {
      this.each = each;
    }

    @Override
    public int read() {
      now.addAndGet(each.toNanos());
      return left-- > 0 ? 'x' : -1;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
      int read = read();
      if (read < 0) {
        return -1;
      }
      buffer[offset] = (byte) read;
      return 1;
    }

    @Override
    public boolean isFinished() {
      return left <= 0;
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setReadListener(ReadListener listener) {
      throw new UnsupportedOperationException();
    }
  }
}
