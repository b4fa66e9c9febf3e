package dev.rollbook.benchmark;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/// Non-blocking keep-alive connection with one request in flight at a time.
final class LoadConnection {
  private static final Pattern LENGTH = Pattern.compile("(?i)\\r\\ncontent-length: *(\\d+)\\r\\n");

  private final SocketChannel channel;
  private final SelectionKey key;
  private final ByteBuffer answer = ByteBuffer.allocate(16 * 1024);
  private ByteBuffer request = ByteBuffer.allocate(0);
  private long sentAt;

  LoadConnection(InetSocketAddress to, Selector selector) throws IOException {
    channel = SocketChannel.open(to);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.configureBlocking(false);
    key = channel.register(selector, 0, this);
  }

  void send(ByteBuffer bytes) throws IOException {
    request = bytes;
    answer.clear();
    sentAt = System.nanoTime();
    goOn();
  }

  /// Does what can be done now.
  ///
  /// @return the time that the answer took in ns, or -1 while it is not whole
  long ready() throws IOException {
    if (request.hasRemaining()) {
      goOn();
      return -1;
    }
    if (channel.read(answer) < 0) {
      throw new IOException("closed by the service before its answer");
    }
    return isWhole() ? System.nanoTime() - sentAt : -1;
  }

  void close() throws IOException {
    channel.close();
  }

  private void goOn() throws IOException {
    channel.write(request);
    key.interestOps(request.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
  }

  private boolean isWhole() throws IOException {
    var text = new String(answer.array(), 0, answer.position(), StandardCharsets.ISO_8859_1);
    int head = text.indexOf("\r\n\r\n");
    if (head < 0) {
      return false;
    }
    var length = LENGTH.matcher(text).region(0, head + 2);
    if (!length.find()) {
      throw new IOException("an answer of unknown length: " + text);
    }
    boolean whole = text.length() == head + 4 + Integer.parseInt(length.group(1));
    if (whole && !text.contains("\"status\":\"persisted\"")) {
      throw new IOException("not persisted: " + text);
    }
    return whole;
  }
}
