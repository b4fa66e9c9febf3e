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
  private static final Pattern CHUNKED =
      Pattern.compile("(?i)\\r\\ntransfer-encoding: *chunked\\r\\n");
  private static final String LAST_CHUNK = "\r\n0\r\n\r\n";
  private static final int MAX_HEAD = 16 * 1024;
  private static final int MAX_ANSWER = 4 * 1024 * 1024;

  private final SocketChannel channel;
  private final SelectionKey key;
  private final ByteBuffer answer = ByteBuffer.allocate(MAX_ANSWER);
  private ByteBuffer request = ByteBuffer.allocate(0);
  private long sentAt;
  private int bodyStart;

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

  /// Size of the body of the last answer; with its chunk headers, if it was chunked.
  int bodySize() {
    return answer.position() - bodyStart;
  }

  private boolean isWhole() throws IOException {
    var text = text(0, MAX_HEAD);
    int head = text.indexOf("\r\n\r\n");
    if (head < 0) {
      return false;
    }
    bodyStart = head + 4;
    var length = LENGTH.matcher(text).region(0, head + 2);
    boolean whole;
    if (length.find()) {
      whole = bodySize() == Integer.parseInt(length.group(1));
    } else if (CHUNKED.matcher(text).region(0, head + 2).find()) {
      whole = text(answer.position() - LAST_CHUNK.length(), MAX_HEAD).equals(LAST_CHUNK);
    } else {
      throw new IOException("an answer of unknown length: " + text);
    }
    if (!text.startsWith("HTTP/1.1 2") || text.contains("\"status\":\"skipped\"")) {
      throw new IOException("refused or not persisted: " + text);
    }
    return whole;
  }

  private String text(int from, int max) {
    int length = Math.min(max, answer.position() - from);
    return new String(answer.array(), from, length, StandardCharsets.ISO_8859_1);
  }
}
