package dev.rollbook.api.cluster;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.rollbook.cluster.FakeCluster;
import dev.rollbook.cluster.Replica;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/// Another replica, which answers as a test says and records what it was sent.
public final class StubPeer implements AutoCloseable {
  private final HttpServer server;
  private final Replica replica;
  private final List<Received> received = new CopyOnWriteArrayList<>();

  /// A request whose body was read.
  public record Received(String method, String target, Headers headers, String body) {}

  /// Answers a request.
  public interface Handler {
    void handle(HttpExchange exchange) throws IOException, InterruptedException;
  }

  private StubPeer(HttpServer server) {
    this.server = server;
    this.replica = FakeCluster.replica("stub", server.getAddress().getPort());
  }

  /// @param handler reads the body
  public static StubPeer reading(Handler handler) {
    return reading(0, handler);
  }

  private static StubPeer reading(int port, Handler handler) {
    try {
      var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
      var peer = new StubPeer(HttpServer.create(address, 0));
      peer.server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      peer.server.createContext(
          "/",
          exchange -> {
            try (exchange) {
              handler.handle(exchange);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
      peer.server.start();
      return peer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Records the requests with their bodies, then answers.
  public static StubPeer start(Handler handler) {
    return at(0, handler);
  }

  /// The same at a port of this machine.
  public static StubPeer at(int port, Handler handler) {
    var self = new StubPeer[1];
    self[0] =
        reading(
            port,
            exchange -> {
              self[0].record(exchange);
              handler.handle(exchange);
            });
    return self[0];
  }

  /// A replica at a port that nobody listens on, nor any other program while the tests run.
  static Replica refusing() {
    return FakeCluster.replica("refusing", Reserved.SOCKET.getLocalPort());
  }

  private static final class Reserved {
    static final Socket SOCKET = bound();

    private static Socket bound() {
      try {
        var socket = new Socket();
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        return socket;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  public static void answer(HttpExchange exchange, int status, String type, String body)
      throws IOException {
    var bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    if (bytes.length > 0) {
      exchange.getResponseBody().write(bytes);
    }
  }

  private void record(HttpExchange exchange) throws IOException {
    var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    received.add(
        new Received(
            exchange.getRequestMethod(),
            exchange.getRequestURI().toString(),
            exchange.getRequestHeaders(),
            body));
  }

  public Replica replica() {
    return replica;
  }

  public List<Received> received() {
    return received;
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
