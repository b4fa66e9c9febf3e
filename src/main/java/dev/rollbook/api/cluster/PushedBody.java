package dev.rollbook.api.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.Flow.Publisher;
import java.util.concurrent.Flow.Subscriber;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/// Body of any length that the Java thread of the client's request reads and sends, one buffer at a
/// time.
///
/// The publishers of the JDK read in a thread of the HTTP client, which could still read when
/// Tomcat uses the request again.
final class PushedBody implements Publisher<ByteBuffer> {
  private static final int BUFFER = 16 * 1024;
  private static final int ENOUGH_TO_WAKE = 1 << 20;

  private final Semaphore demand = new Semaphore(0);
  private volatile @Nullable Subscriber<? super ByteBuffer> subscriber;
  private volatile boolean cancelled;
  private boolean hasBegun;
  private boolean isComplete;

  /// Thrown if the client's body cannot be read, not if it cannot be sent.
  static final class UnreadableException extends IOException {
    private final IOException reason;

    UnreadableException(IOException reason) {
      super(reason);
      this.reason = reason;
    }

    IOException reason() {
      return reason;
    }
  }

  /// Whether a part of the body was read, so that it cannot be sent again.
  boolean hasBegun() {
    return hasBegun;
  }

  boolean isComplete() {
    return isComplete;
  }

  @Override
  public void subscribe(Subscriber<? super ByteBuffer> given) {
    subscriber = given;
    given.onSubscribe(
        new Subscription() {
          @Override
          public void request(long count) {
            demand.release((int) Math.min(count, ENOUGH_TO_WAKE));
          }

          @Override
          public void cancel() {
            stop();
          }
        });
  }

  /// Sends the body until its end, or until the exchange ends, even if that is earlier. Nothing is
  /// read before the other replica is connected.
  ///
  /// @throws UnreadableException if the client does not send it
  void send(InputStream body, PeerExchange exchange) throws UnreadableException {
    exchange.whenAnswered(this::stop);
    var buffer = new byte[BUFFER];
    while (true) {
      demand.acquireUninterruptibly();
      var to = subscriber;
      if (cancelled || to == null) {
        return;
      }
      exchange.heard();
      hasBegun = true;
      int read = read(body, buffer, to);
      exchange.heard();
      if (read < 0) {
        isComplete = true;
        to.onComplete();
        return;
      }
      to.onNext(ByteBuffer.wrap(Arrays.copyOf(buffer, read)));
    }
  }

  /// At least one byte, as the HTTP client would take an empty buffer for the end.
  private static int read(InputStream body, byte[] buffer, Subscriber<?> to)
      throws UnreadableException {
    try {
      return body.read(buffer);
    } catch (IOException e) {
      to.onError(e);
      throw new UnreadableException(e);
    } catch (RuntimeException e) {
      to.onError(e);
      throw e;
    }
  }

  private void stop() {
    cancelled = true;
    demand.release(ENOUGH_TO_WAKE);
  }
}
