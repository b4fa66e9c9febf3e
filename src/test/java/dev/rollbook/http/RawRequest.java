package dev.rollbook.http;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// An HTTP request with exactly the given headers, including those that HTTP clients set or reject.
public final class RawRequest {
  private final String line;
  private final List<String> headers = new ArrayList<>();
  private String body = "";

  private RawRequest(String line) {
    this.line = line;
  }

  /// @param target with all escapes that it needs, or that it lacks
  public static RawRequest of(String method, String target) {
    return new RawRequest(method + " " + target + " HTTP/1.1");
  }

  public RawRequest header(String name, String value) {
    headers.removeIf(other -> isOf(name, other));
    headers.add(name + ": " + value);
    return this;
  }

  public RawRequest body(String type, String content) {
    body = content;
    return header("Content-Type", type)
        .header("Content-Length", Integer.toString(bytes(content).length));
  }

  /// A body without `Content-Length`.
  public RawRequest chunked(String content) {
    body = "%x\r\n%s\r\n0\r\n\r\n".formatted(content.length(), content);
    return without("Content-Length").header("Transfer-Encoding", "chunked");
  }

  public RawRequest without(String name) {
    headers.removeIf(other -> isOf(name, other));
    return this;
  }

  /// Status line and headers of the answer, and its body as far as it has come with them.
  public record Answer(int status, List<String> headers, String body) {
    public String header(String name) {
      return headers.stream()
          .filter(line -> isOf(name, line))
          .map(line -> line.substring(name.length() + 1).strip())
          .findFirst()
          .orElse("");
    }
  }

  /// Waits for the end of the answer, which a stream of events has none of.
  public Answer send(int port) {
    return exchange(port, true);
  }

  /// Hangs up behind the head of the answer.
  public Answer head(int port) {
    return exchange(port, false);
  }

  private Answer exchange(int port, boolean whole) {
    try (var socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(20_000);
      var broken = write(socket, bytes(text(port)));
      var in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
      var status = Optional.ofNullable(in.readLine()).orElse("");
      if (status.startsWith("HTTP/1.1 100 ")) {
        in.readLine();
        status = Optional.ofNullable(in.readLine()).orElse("");
      }
      var head = new ArrayList<String>();
      for (var next = in.readLine(); next != null && !next.isEmpty(); next = in.readLine()) {
        head.add(next);
      }
      var content = whole ? in.readAllAsString() : "";
      if (broken.isPresent() && status.isEmpty()) {
        throw broken.get();
      }
      return new Answer(
          status.isEmpty() ? 0 : Integer.parseInt(status.split(" ")[1]), head, content);
    } catch (IOException e) {
      throw new UncheckedIOException(line + headers, e);
    }
  }

  /// Why the request could not be sent as a whole: a service may refuse it, and close the
  /// connection, before it has read the body.
  private static Optional<IOException> write(Socket socket, byte[] request) {
    try {
      socket.getOutputStream().write(request);
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(e);
    }
  }

  private String text(int port) {
    var all = new ArrayList<String>();
    all.add(line);
    if (headers.stream().noneMatch(header -> isOf("Host", header))) {
      all.add("Host: 127.0.0.1:" + port);
    }
    all.addAll(headers);
    all.add("Connection: close");
    return String.join("\r\n", all) + "\r\n\r\n" + body;
  }

  private static boolean isOf(String name, String header) {
    return header.regionMatches(true, 0, name + ":", 0, name.length() + 1);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Override
  public String toString() {
    return line + " " + headers + " " + body;
  }
}
