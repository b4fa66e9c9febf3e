package dev.rollbook.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Who is refused a connection comes to read why.
class RefusedConnectionsTest {
  private static final int MOST = 8;
  private static final String PROBLEM = "{\"code\":\"too_many_requests\"}";

  private final AtomicInteger told = new AtomicInteger();
  private final RefusedConnections refused = of(Duration.ofHours(1));
  private ServerSocketChannel door;

  @BeforeEach
  void open() throws IOException {
    door = ServerSocketChannel.open();
    door.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  @AfterEach
  void close() throws IOException {
    refused.closeAll();
    door.close();
  }

  @Test
  void theAnswerIsWholeAndTheLast() throws IOException {
    try (var client = refusedClient()) {
      assertThat(answer(client))
          .startsWith("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\n")
          .contains("Content-Type: application/problem+json\r\n", "Connection: close\r\n")
          .contains("Content-Length: " + PROBLEM.length() + "\r\n")
          .endsWith("\r\n\r\n" + PROBLEM);
    }
    assertThat(told).hasValue(1);
  }

  @Test
  void aRequestThatComesInPiecesIsTakenBeforeTheAnswerIsRead() throws IOException {
    try (var client = refusedClient()) {
      for (var piece :
          List.of("POST /v1/threads HTTP/1.1\r\n", "Content-Length: 2\r\n\r\n", "{}")) {
        client.getOutputStream().write(piece.getBytes(StandardCharsets.US_ASCII));
      }

      assertThat(answer(client)).endsWith(PROBLEM);
    }
  }

  @Test
  void onlySoManyAreKept() throws IOException {
    var clients = new ArrayList<Socket>();
    for (int n = 0; n <= MOST; n++) {
      clients.add(refusedClient());
    }

    assertThat(isClosed(clients.getFirst())).isTrue();
    assertThat(isClosed(clients.getLast())).isFalse();
    for (var client : clients) {
      assertThat(answer(client)).endsWith(PROBLEM);
      client.close();
    }
  }

  @Test
  void whoHadItsTimeIsClosed() throws IOException {
    var atOnce = of(Duration.ZERO);
    try (var early = client();
        var late = client()) {
      atOnce.refuse(door.accept());
      refused.refuse(door.accept());

      atOnce.closeOld();
      refused.closeOld();

      assertThat(isClosed(early)).isTrue();
      assertThat(isClosed(late)).isFalse();
    }
  }

  private RefusedConnections of(Duration stay) {
    return new RefusedConnections(MOST, stay, PROBLEM, told::incrementAndGet);
  }

  private Socket refusedClient() throws IOException {
    var client = client();
    refused.refuse(door.accept());
    return client;
  }

  private Socket client() throws IOException {
    var client = new Socket();
    client.setSoTimeout(10_000);
    client.connect(door.getLocalAddress());
    return client;
  }

  private static String answer(Socket client) throws IOException {
    return new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  /// What is sent to a closed one is answered with a reset, which the second byte meets.
  private static boolean isClosed(Socket client) {
    try {
      client.getOutputStream().write('x');
      client.getOutputStream().write('x');
      return false;
    } catch (IOException reset) {
      return true;
    }
  }
}
