package dev.rollbook.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;

/// Many subscribers of one thread, read by one thread that throws away what it reads: as little as
/// possible is taken from the service beside it.
///
/// One that was closed because it lagged comes back after two seconds, as it was told, and asks for
/// what it missed.
final class EventSubscribers implements AutoCloseable {
  private static final Pattern LAST = Pattern.compile("\"lastOrdinal\":(\\d+)");
  private static final long RETRY = TimeUnit.SECONDS.toNanos(2);
  private static final int TAIL = 256;

  private final Selector selector = Selector.open();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(256 * 1024);
  private final List<SocketChannel> channels = new ArrayList<>();
  private final Queue<Return> returns = new ArrayDeque<>();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder lagged = new LongAdder();
  private final String path;
  private final Thread reader;
  private volatile boolean closed;

  /// Asks again when the time has come.
  private record Return(SocketChannel channel, String lastEventId, long at) {}

  EventSubscribers(InetSocketAddress service, String thread, int count) throws IOException {
    path = "/v1/threads/" + thread + "/events";
    for (int n = 0; n < count; n++) {
      var channel = SocketChannel.open(service);
      channels.add(channel);
      ask(channel, "");
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ);
    }
    reader = Thread.ofPlatform().start(this::read);
  }

  long bytes() {
    return bytes.sum();
  }

  long lagged() {
    return lagged.sum();
  }

  private void read() {
    try {
      while (!closed) {
        selector.select(this::read, 100);
        while (!returns.isEmpty() && returns.peek().at() - System.nanoTime() <= 0) {
          var back = returns.remove();
          ask(back.channel(), "Last-Event-ID: " + back.lastEventId() + "\r\n");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void read(SelectionKey key) {
    try {
      var channel = (SocketChannel) key.channel();
      buffer.clear();
      int count = channel.read(buffer);
      if (count < 0) {
        throw new IOException("closed by the service");
      }
      bytes.add(count);
      if (isEnd(count)) {
        var last = LAST.matcher(tail(count));
        if (last.find()) {
          lagged.increment();
          returns.add(new Return(channel, last.group(1), System.nanoTime() + RETRY));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The last chunk of an answer is empty.
  private boolean isEnd(int count) {
    return count >= 5 && buffer.get(count - 5) == '0' && buffer.get(count - 3) == '\n';
  }

  private String tail(int count) {
    var tail = new byte[Math.min(count, TAIL)];
    buffer.get(count - tail.length, tail);
    return new String(tail, StandardCharsets.US_ASCII);
  }

  private void ask(SocketChannel channel, String header) throws IOException {
    var request = "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n".formatted(path, header);
    channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
  }

  @Override
  public void close() throws IOException, InterruptedException {
    closed = true;
    reader.join();
    for (var channel : channels) {
      channel.close();
    }
    selector.close();
  }
}
