package dev.rollbook.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;

/// Closed-loop load generator: each connection sends its next request when a response arrives. One
/// thread serves all connections, so that it takes little CPU from the service.
final class LoadGenerator implements AutoCloseable {
  private final Selector selector;
  private final List<LoadConnection> connections = new ArrayList<>();
  private LongStream.Builder times = LongStream.builder();
  private int inFlight;
  private long next;

  /// What a run took.
  ///
  /// @param sorted the time of each request in ns
  record Result(double seconds, long[] sorted) {
    double perSecond() {
      return sorted.length / seconds;
    }

    double milliseconds(double quantile) {
      return sorted[(int) Math.min(sorted.length - 1L, (long) (sorted.length * quantile))] / 1e6;
    }
  }

  LoadGenerator(InetSocketAddress to, int count) throws IOException {
    selector = Selector.open();
    for (int i = 0; i < count; i++) {
      connections.add(new LoadConnection(to, selector));
    }
  }

  int lastBodySize() {
    return connections.getFirst().bodySize();
  }

  /// Sends the requests in turns for some time; ends when all that were sent are answered.
  Result run(List<byte[]> requests, Duration duration) throws IOException {
    long end = System.nanoTime() + duration.toNanos();
    return run(requests, () -> System.nanoTime() < end);
  }

  /// Sends a number of requests in turns, at least one for each connection.
  Result run(List<byte[]> requests, long count) throws IOException {
    long first = next;
    return run(requests, () -> next - first < count);
  }

  private Result run(List<byte[]> requests, BooleanSupplier more) throws IOException {
    times = LongStream.builder();
    long start = System.nanoTime();
    for (var connection : connections) {
      send(connection, requests);
    }
    while (inFlight > 0) {
      selector.select(key -> {
        try {
          answered((LoadConnection) key.attachment(), requests, more);
        } catch (IOException failed) {
          throw new UncheckedIOException(failed);
        }
      });
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return new Result(seconds, times.build().sorted().toArray());
  }

  private void answered(LoadConnection connection, List<byte[]> requests, BooleanSupplier more)
      throws IOException {
    long took = connection.ready();
    if (took >= 0) {
      times.add(took);
      inFlight--;
      if (more.getAsBoolean()) {
        send(connection, requests);
      }
    }
  }

  private void send(LoadConnection connection, List<byte[]> requests) throws IOException {
    inFlight++;
    connection.send(ByteBuffer.wrap(requests.get((int) (next++ % requests.size()))));
  }

  @Override
  public void close() throws IOException {
    for (var connection : connections) {
      connection.close();
    }
    selector.close();
  }
}
