package dev.rollbook.web.filter;

import dev.rollbook.model.RollbookException.ItemTooLarge;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.io.IOException;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/// Request that limits the size of its body, and the total time that the service waits for the
/// body.
///
/// Tomcat's read timeout restarts with every byte, so it does not limit the time of the whole body.
/// Only time that is spent in reads counts. Time that is spent waiting for memory does not count,
/// because other requests cause this wait.
final class TimeLimitedRequest extends HttpServletRequestWrapper {
  private final Duration timeout;
  private final long maxBytes;
  private final LongSupplier nanoTime;

  TimeLimitedRequest(HttpServletRequest request, Duration timeout, long maxBytes) {
    this(request, timeout, maxBytes, System::nanoTime);
  }

  TimeLimitedRequest(
      HttpServletRequest request, Duration timeout, long maxBytes, LongSupplier nanoTime) {
    super(request);
    this.timeout = timeout;
    this.maxBytes = maxBytes;
    this.nanoTime = nanoTime;
  }

  @Override
  public ServletInputStream getInputStream() throws IOException {
    return new TimedStream(super.getInputStream());
  }

  /// Checks the limits after each read, which blocks no longer than Tomcat's read timeout.
  private final class TimedStream extends ServletInputStream {
    private final ServletInputStream in;
    private long bytes;
    private long waitedNanos;

    private TimedStream(ServletInputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      long started = nanoTime.getAsLong();
      int read = in.read(buffer, offset, length);
      requireTime(started, read);
      count(read);
      return read;
    }

    /// Never refuses a body that is complete.
    private void requireTime(long started, int read) {
      waitedNanos += nanoTime.getAsLong() - started;
      if (read >= 0 && waitedNanos > timeout.toNanos()) {
        throw new ResponseStatusException(
            HttpStatus.REQUEST_TIMEOUT,
            "the body took longer than rollbook.http.request-timeout, " + timeout);
      }
    }

    private void count(int read) {
      bytes += Math.max(0, read);
      if (bytes > maxBytes) {
        throw new ItemTooLarge("the body of the request", maxBytes);
      }
    }

    @Override
    public int available() throws IOException {
      return in.available();
    }

    @Override
    public void close() throws IOException {
      in.close();
    }

    @Override
    public boolean isFinished() {
      return in.isFinished();
    }

    @Override
    public boolean isReady() {
      return in.isReady();
    }

    @Override
    public void setReadListener(ReadListener listener) {
      in.setReadListener(listener);
    }
  }
}
