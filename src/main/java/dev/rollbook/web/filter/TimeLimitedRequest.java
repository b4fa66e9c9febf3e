package dev.rollbook.web.filter;

import dev.rollbook.model.RollbookException.ItemTooLarge;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.io.IOException;
import java.time.Duration;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/// Request whose body has a deadline and a maximum size.
///
/// Tomcat's read timeout restarts with every byte, so it does not limit the whole body.
final class TimeLimitedRequest extends HttpServletRequestWrapper {
  private final Duration timeout;
  private final long deadline;
  private final long maxBytes;

  TimeLimitedRequest(HttpServletRequest request, Duration timeout, long maxBytes) {
    super(request);
    this.timeout = timeout;
    this.deadline = System.nanoTime() + timeout.toNanos();
    this.maxBytes = maxBytes;
  }

  @Override
  public ServletInputStream getInputStream() throws IOException {
    return new TimedStream(super.getInputStream());
  }

  /// Checks the deadline before each read, which blocks no longer than Tomcat's read timeout.
  private final class TimedStream extends ServletInputStream {
    private final ServletInputStream in;
    private long bytes;

    private TimedStream(ServletInputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      requireTime();
      int read = in.read();
      count(read < 0 ? 0 : 1);
      return read;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      requireTime();
      int read = in.read(buffer, offset, length);
      count(read);
      return read;
    }

    private void requireTime() {
      if (System.nanoTime() - deadline > 0) {
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
