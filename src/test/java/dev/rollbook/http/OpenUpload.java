package dev.rollbook.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A chunked upload over its own socket, whose parts a test sends one by one.
public final class OpenUpload implements AutoCloseable {
  private final Socket socket;
  private final OutputStream out;
  private final boolean chunked;

  /// What the service said.
  public record Reply(int status, String head, JsonNode json) {
    public String at(String... names) {
      var node = json;
      for (var name : names) {
        node = node.path(name);
      }
      return node.isString() ? node.stringValue() : node.toString();
    }
  }

  private OpenUpload(int port, String path, String framing, boolean chunked) throws IOException {
    this.socket = new Socket("127.0.0.1", port);
    this.out = socket.getOutputStream();
    this.chunked = chunked;
    socket.setSoTimeout(30_000);
    socket.setTcpNoDelay(true);
    out.write(
        """
        POST %s HTTP/1.1\r
        Host: localhost\r
        Content-Type: application/x-ndjson\r
        %s\r
        \r
        """
            .formatted(path, framing)
            .getBytes(StandardCharsets.US_ASCII));
  }

  /// A body of unknown length from a client with a token.
  public static OpenUpload chunked(int port, String path, String token) throws IOException {
    var headers = "Transfer-Encoding: chunked\r\nAuthorization: Bearer " + token;
    return new OpenUpload(port, path, headers, true);
  }

  /// A body of unknown length.
  public static OpenUpload chunked(int port, String path) throws IOException {
    return new OpenUpload(port, path, "Transfer-Encoding: chunked", true);
  }

  public static OpenUpload ofLength(int port, String path, int length) throws IOException {
    return new OpenUpload(port, path, "Content-Length: " + length, false);
  }

  public OpenUpload send(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.UTF_8));
  }

  public OpenUpload send(byte[] bytes) throws IOException {
    if (!chunked) {
      out.write(bytes);
      return this;
    }
    var chunk = new ByteArrayOutputStream();
    chunk.writeBytes(
        (Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
    chunk.writeBytes(bytes);
    chunk.write('\r');
    chunk.write('\n');
    chunk.writeTo(out);
    return this;
  }

  /// Ends the body and returns the answer.
  public Reply end() throws IOException {
    if (chunked) {
      out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    }
    return answer();
  }

  /// The answer, which may come though the body has not ended.
  public Reply answer() throws IOException {
    var in = socket.getInputStream();
    var text = new StringBuilder();
    while (!isWhole(text)) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("no whole answer: " + text);
      }
      text.append((char) next);
    }
    int body = text.indexOf("\r\n\r\n");
    var head = text.substring(0, body);
    var json = text.substring(text.indexOf("{", body), text.lastIndexOf("}") + 1);
    var utf8 = json.getBytes(StandardCharsets.ISO_8859_1);
    return new Reply(
        Integer.parseInt(head.split(" ")[1]), head, JsonMapper.shared().readTree(utf8));
  }

  /// Breaks the connection off.
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private static boolean isWhole(StringBuilder text) {
    int body = text.indexOf("\r\n\r\n") + 4;
    if (body < 4) {
      return false;
    }
    var head = text.substring(0, body).toLowerCase(Locale.ROOT);
    int length = head.indexOf("content-length: ");
    return length < 0
        ? text.indexOf("\r\n0\r\n\r\n") > 0
        : text.length() - body
            == Integer.parseInt(head.substring(length + 16, head.indexOf('\r', length)));
  }
}
