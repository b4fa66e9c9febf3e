package dev.rollbook.api.cluster;

import dev.rollbook.cluster.Replica;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A call to another replica, from the connection to the end of the response. Used by the Java
/// thread of the request, except [#cancel], which makes that thread's wait fail.
///
/// A virtual thread waits for the response. The JDK's `sendAsync` would complete it on the common
/// pool, of which a machine with two processors has one thread, for all calls.
public final class PeerExchange implements AutoCloseable {
  private final Replica replica;
  private final CompletableFuture<HttpResponse<InputStream>> answer = new CompletableFuture<>();
  private final Thread sender;
  private final BooleanSupplier isObsolete;
  private final Consumer<PeerExchange> onClose;
  private volatile long heardAt = System.nanoTime();
  private volatile long probedAt = heardAt;

  PeerExchange(
      Replica replica,
      Sending sending,
      BooleanSupplier isObsolete,
      Consumer<PeerExchange> onClose) {
    this.replica = replica;
    this.isObsolete = isObsolete;
    this.onClose = onClose;
    this.sender = Thread.ofVirtual().name("peer-exchange").start(() -> send(sending));
  }

  /// Sends the call, and waits for the head of the response.
  interface Sending {
    HttpResponse<InputStream> run() throws IOException, InterruptedException;
  }

  private void send(Sending sending) {
    try {
      var head = sending.run();
      if (!answer.complete(head)) {
        closeBody(head);
      }
    } catch (IOException | InterruptedException | RuntimeException e) {
      answer.completeExceptionally(e);
    } finally {
      // After an error of the JVM. Else the response is here.
      answer.cancel(false);
    }
  }

  /// Thrown if no connection could be opened, so that nothing was done.
  public static final class NotReachedException extends IOException {
    NotReachedException(Throwable cause) {
      super(cause);
    }
  }

  Replica replica() {
    return replica;
  }

  /// Whether nobody waits for the response any more.
  boolean isObsolete() {
    return isObsolete.getAsBoolean();
  }

  /// Whether the other replica has sent and taken nothing for so long.
  boolean isSilentFor(Duration time) {
    return System.nanoTime() - heardAt > time.toNanos();
  }

  void heard() {
    heardAt = System.nanoTime();
  }

  /// Whether a new connection to the other replica was opened within this time, or the call begun.
  boolean isProbedWithin(Duration time) {
    return System.nanoTime() - probedAt <= time.toNanos();
  }

  void probed() {
    probedAt = System.nanoTime();
  }

  /// Runs the action when the head of the response is here, or will not come.
  void whenAnswered(Runnable action) {
    var _ = answer.whenComplete((head, failure) -> action.run());
  }

  /// Waits for the head of the response. Its body fails if this exchange is cancelled.
  ///
  /// @throws NotReachedException if nothing was sent
  /// @throws IOException if what was sent may have been done
  public HttpResponse<InputStream> answer() throws IOException {
    try {
      var head = answer.get();
      heard();
      return head;
    } catch (ExecutionException e) {
      throw isNotReached(e.getCause())
          ? new NotReachedException(e)
          : new IOException("replica %s did not answer".formatted(replica.name()), e);
    } catch (CancellationException e) {
      throw new IOException("replica %s does not answer".formatted(replica.name()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  /// The body of the response.
  public InputStream body() throws IOException {
    return new FilterInputStream(answer().body()) {
      @Override
      public int read() throws IOException {
        int read = super.read();
        heard();
        return read;
      }

      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        int read = super.read(buffer, offset, length);
        heard();
        return read;
      }
    };
  }

  private static boolean isNotReached(@Nullable Throwable failure) {
    return failure instanceof ConnectException || failure instanceof HttpConnectTimeoutException;
  }

  /// Closes the connection, unless the response was read to its end.
  void cancel() {
    if (answer.cancel(false)) {
      sender.interrupt();
    } else {
      var _ = answer.thenAccept(PeerExchange::closeBody);
    }
  }

  private static void closeBody(HttpResponse<InputStream> response) {
    try {
      response.body().close();
    } catch (IOException e) {
      // Nobody reads it any more.
    }
  }

  /// Closes the connection, unless the response was read to its end.
  @Override
  public void close() {
    onClose.accept(this);
    cancel();
  }
}
