package dev.rollbook.packaged.browser;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/// Web server with one empty page, for scripts of another origin.
record CrossOriginPage(HttpServer server) implements AutoCloseable {
  private static final byte[] PAGE =
      "<!doctype html><title>foreign</title><body>".getBytes(StandardCharsets.US_ASCII);

  static CrossOriginPage start() throws IOException {
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.getResponseHeaders().set("Content-Type", "text/html");
          exchange.sendResponseHeaders(200, PAGE.length);
          try (var body = exchange.getResponseBody()) {
            body.write(PAGE);
          }
        });
    server.start();
    return new CrossOriginPage(server);
  }

  String url(String host) {
    return "http://%s:%d/".formatted(host, server.getAddress().getPort());
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
