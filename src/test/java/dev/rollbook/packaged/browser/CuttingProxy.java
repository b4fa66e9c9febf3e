package dev.rollbook.packaged.browser;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// TCP proxy that cuts connections at any byte, as a bad network does.
///
/// It passes on every byte but for the time after which a browser comes back: ten cuts would take
/// 20 s.
final class CuttingProxy implements AutoCloseable {
  private static final String RETRY = "retry: 2000\n";
  private static final String SOONER = "retry: 0020\n";

  private final ServerSocket server;
  private volatile int service;
  private final Set<Socket> ends = ConcurrentHashMap.newKeySet();

  CuttingProxy(int service) throws IOException {
    this.service = service;
    this.server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  /// Later connections go to another port, such as that of a service that was started again.
  void forwardTo(int port) {
    service = port;
  }

  /// @param hard whether the client sees a reset, rather than an end in the middle of the answer
  void cut(boolean hard) throws IOException {
    for (var end : ends) {
      if (hard && !end.isClosed()) {
        end.setSoLinger(true, 0);
      }
      close(end);
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        var client = server.accept();
        ends.add(client);
        connect(client);
      } catch (IOException closed) {
        // Whoever lost a connection comes back.
      }
    }
  }

  private void connect(Socket client) throws IOException {
    try {
      var there = new Socket("127.0.0.1", service);
      ends.add(there);
      Thread.ofVirtual().start(() -> pass(client, there, false));
      Thread.ofVirtual().start(() -> pass(there, client, true));
    } catch (ConnectException down) {
      close(client);
    }
  }

  private void pass(Socket from, Socket to, boolean sooner) {
    try (from;
        to) {
      pass(from.getInputStream(), to.getOutputStream(), sooner);
    } catch (IOException cut) {
      // That is what it is for.
    }
    ends.remove(from);
  }

  private static void pass(InputStream in, OutputStream out, boolean sooner) throws IOException {
    var buffer = new byte[64 * 1024];
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      var text = new String(buffer, 0, read, StandardCharsets.ISO_8859_1);
      var passed = sooner ? text.replace(RETRY, SOONER) : text;
      out.write(passed.getBytes(StandardCharsets.ISO_8859_1));
    }
  }

  private void close(Socket end) throws IOException {
    ends.remove(end);
    end.close();
  }

  @Override
  public void close() throws IOException {
    server.close();
    cut(false);
  }
}
