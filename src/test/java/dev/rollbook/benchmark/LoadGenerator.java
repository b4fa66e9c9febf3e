package dev.rollbook.benchmark;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/// Closed-loop load generator: each connection sends its next request when a response arrives. One
/// thread serves all connections, so that it takes little CPU from the service.
final class LoadGenerator implements AutoCloseable {
  private final Selector selector;
  private final List<LoadConnection> connections = new ArrayList<>();
  private LongStream.Builder times = LongStream.builder();
  private int inFlight;
  private int next;

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

  /// Sends the requests in turns; ends when all that were sent are answered.
  Result run(List<byte[]> requests, Duration duration) throws IOException {
    times = LongStream.builder();
    long start = System.nanoTime();
    long end = start + duration.toNanos();
    for (var connection : connections) {
      send(connection, requests);
    }
    while (inFlight > 0) {
      selector.select(key -> {
        try {
          answered((LoadConnection) key.attachment(), requests, end);
        } catch (IOException failed) {
          throw new java.io.UncheckedIOException(failed);
        }
      });
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return new Result(seconds, times.build().sorted().toArray());
  }

  private void answered(LoadConnection connection, List<byte[]> requests, long end)
      throws IOException {
    long took = connection.ready();
    if (took >= 0) {
      times.add(took);
      inFlight--;
      if (System.nanoTime() < end) {
        send(connection, requests);
      }
    }
  }

  private void send(LoadConnection connection, List<byte[]> requests) throws IOException {
    inFlight++;
    connection.send(ByteBuffer.wrap(requests.get(next++ % requests.size())));
  }

  @Override
  public void close() throws IOException {
    for (var connection : connections) {
      connection.close();
    }
    selector.close();
  }
}
