package dev.rollbook.packaged;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/// A request whose body is incomplete: the service waits for the rest.
public final class PartialRequest implements AutoCloseable {
  private static final int FIRST = 10;

  private final Socket socket;
  private final byte[] body;

  public PartialRequest(int port, String path, String json) throws IOException {
    this(port, path, json, "");
  }

  /// @param headers further lines of the head
  public PartialRequest(int port, String path, String json, String headers) throws IOException {
    this.socket = new Socket("127.0.0.1", port);
    this.body = json.getBytes(StandardCharsets.UTF_8);
    var out = socket.getOutputStream();
    out.write(head(path, headers));
    out.write(body, 0, FIRST);
    out.flush();
  }

  /// Sends the rest, and returns the answer.
  public String finish() throws IOException {
    var out = socket.getOutputStream();
    out.write(body, FIRST, body.length - FIRST);
    out.flush();
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private byte[] head(String path, String headers) {
    return """
    POST %s HTTP/1.1\r
    Host: localhost\r
    Content-Type: application/json\r
    Content-Length: %d\r
    Connection: close\r
    %s\r
    """
        .formatted(path, body.length, headers)
        .getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
