package dev.rollbook.packaged.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TcpRelayTest {
  private static final int PATIENCE_MILLIS = 60_000;

  private ServerSocket echo;
  private TcpRelay relay;

  @BeforeEach
  void open() throws IOException {
    echo = echo(0);
    relay = new TcpRelay(echo.getLocalPort());
  }

  @AfterEach
  void close() throws IOException {
    relay.close();
    echo.close();
  }

  @Test
  void bytesPassInBothDirections() throws IOException {
    try (var client = connect()) {
      assertThat(answer(client, 'a')).isEqualTo('a');
      assertThat(answer(client, 'b')).isEqualTo('b');
    }
  }

  @Test
  void theEndOfAConnectionPasses() throws IOException {
    try (var client = connect()) {
      assertThat(answer(client, 'a')).isEqualTo('a');
      client.shutdownOutput();
      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void bytesAreLateByTheDelayOfBothDirections() throws IOException {
    var delay = Duration.ofMillis(60);
    relay.delay(delay);
    try (var client = connect()) {
      long sent = System.nanoTime();
      assertThat(answer(client, 'a')).isEqualTo('a');
      assertThat(Duration.ofNanos(System.nanoTime() - sent))
          .isGreaterThanOrEqualTo(delay.plus(delay));
    }
  }

  @Test
  void aCutResetsConnectionsAndLaterOnesPass() throws IOException {
    try (var client = connect()) {
      assertThat(answer(client, 'a')).isEqualTo('a');
      relay.cut();
      assertThatThrownBy(() -> client.getInputStream().read())
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(SocketTimeoutException.class);
    }
    try (var client = connect()) {
      assertThat(answer(client, 'a')).isEqualTo('a');
    }
  }

  @Test
  void aBlackHoleKeepsConnectionsOpenAndDeliversAfterwards() throws IOException {
    try (var old = connect()) {
      assertThat(answer(old, 'a')).isEqualTo('a');
      relay.blackHole();
      try (var young = connect()) {
        for (var client : new Socket[] {old, young}) {
          client.setSoTimeout(50);
          assertThatThrownBy(() -> answer(client, 'b')).isInstanceOf(SocketTimeoutException.class);
        }

        relay.pass();
        for (var client : new Socket[] {old, young}) {
          client.setSoTimeout(PATIENCE_MILLIS);
          assertThat(client.getInputStream().read()).isEqualTo('b');
        }
      }
    }
  }

  @Test
  void connectionsAreRefusedUntilTheyPassAgain() throws IOException {
    try (var old = connect()) {
      assertThat(answer(old, 'a')).isEqualTo('a');
      relay.refuse();
      assertThatThrownBy(() -> old.getInputStream().read())
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(SocketTimeoutException.class);
    }
    await().until(() -> refuses(relay.port()));
    relay.pass();
    try (var young = connect()) {
      assertThat(answer(young, 'a')).isEqualTo('a');
    }
  }

  @Test
  void noConnectionIsOpenedWhilePacketsAreDropped() throws IOException {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), relay.port());
    try (var old = connect();
        var young = new Socket()) {
      assertThat(answer(old, 'a')).isEqualTo('a');
      relay.drop();
      old.setSoTimeout(50);
      assertThatThrownBy(() -> answer(old, 'b')).isInstanceOf(SocketTimeoutException.class);
      assertThatThrownBy(() -> young.connect(address, 50))
          .isInstanceOf(SocketTimeoutException.class);

      relay.pass();
      old.setSoTimeout(PATIENCE_MILLIS);
      assertThat(old.getInputStream().read()).isEqualTo('b');
    }
    try (var young = connect()) {
      assertThat(answer(young, 'a')).isEqualTo('a');
    }
  }

  @Test
  void laterConnectionsLeadToAnotherTarget() throws IOException {
    try (var other = echo(1);
        var old = connect()) {
      assertThat(answer(old, 'a')).isEqualTo('a');
      relay.leadTo(other.getLocalPort());
      try (var young = connect()) {
        assertThat(answer(young, 'a')).isEqualTo('b');
      }
      assertThat(answer(old, 'a')).isEqualTo('a');
    }
  }

  @Test
  void aConnectionToATargetThatDoesNotListenIsReset() throws IOException {
    int port = echo.getLocalPort();
    echo.close();
    // A call of accept that is in progress may still take a connection.
    await().until(() -> refuses(port));
    try (var client = connect()) {
      assertThatThrownBy(() -> answer(client, 'a'))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(SocketTimeoutException.class);
    }
  }

  private static boolean refuses(int port) throws IOException {
    try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return false;
    } catch (ConnectException refused) {
      return true;
    }
  }

  private Socket connect() throws IOException {
    var client = new Socket(InetAddress.getLoopbackAddress(), relay.port());
    client.setSoTimeout(PATIENCE_MILLIS);
    return client;
  }

  private static int answer(Socket client, int sent) throws IOException {
    client.getOutputStream().write(sent);
    return client.getInputStream().read();
  }

  /// @param added to each byte
  private static ServerSocket echo(int added) throws IOException {
    var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual()
        .start(() -> {
          while (!server.isClosed()) {
            try {
              var socket = server.accept();
              Thread.ofVirtual().start(() -> echo(socket, added));
            } catch (IOException closed) {
              // The end of the test.
            }
          }
        });
    return server;
  }

  private static void echo(Socket socket, int added) {
    try (socket) {
      int read;
      while ((read = socket.getInputStream().read()) >= 0) {
        socket.getOutputStream().write(read + added);
      }
    } catch (IOException reset) {
      // What the test is about.
    }
  }
}
