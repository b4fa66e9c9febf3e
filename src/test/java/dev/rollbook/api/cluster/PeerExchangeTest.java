package dev.rollbook.api.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.cluster.FakeCluster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class PeerExchangeTest {
  private final AtomicBoolean closed = new AtomicBoolean();
  private final CountDownLatch arrives = new CountDownLatch(1);

  private PeerExchange begin() {
    var body =
        new ByteArrayInputStream(new byte[1]) {
          @Override
          public void close() {
            closed.set(true);
          }
        };
    return new PeerExchange(
        FakeCluster.replica("owner", 1),
        () -> {
          awaitUninterruptibly(arrives);
          return responseWith(body);
        },
        () -> false,
        exchange -> {});
  }

  @Test
  void aResponseThatWasNotReadIsClosed() throws IOException {
    try (var exchange = begin()) {
      arrives.countDown();
      assertThat(exchange.answer().body().available()).isEqualTo(1);
    }

    assertThat(closed).isTrue();
  }

  /// Else its connection would stay open for ever.
  @Test
  void aResponseThatArrivesTooLateIsClosed() {
    begin().close();
    arrives.countDown();

    await().untilTrue(closed);
  }

  /// A machine with two processors has one thread for all that uses the pool.
  @Test
  void aResponseDoesNotNeedTheCommonPool() throws IOException {
    var blocked = new CountDownLatch(1);
    for (int i = 0; i < ForkJoinPool.getCommonPoolParallelism(); i++) {
      ForkJoinPool.commonPool().execute(() -> awaitUninterruptibly(blocked));
    }
    try (var peer = StubPeer.start(exchange -> StubPeer.answer(exchange, 200, "text/plain", "x"));
        var http = HttpClient.newHttpClient();
        var exchange = to(peer, http)) {
      assertThat(exchange.answer().statusCode()).isEqualTo(200);
    } finally {
      blocked.countDown();
    }
  }

  private static PeerExchange to(StubPeer peer, HttpClient http) {
    var request = HttpRequest.newBuilder(peer.replica().address()).build();
    return new PeerExchange(
        peer.replica(),
        () -> http.send(request, BodyHandlers.ofInputStream()),
        () -> false,
        exchange -> {});
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    while (true) {
      try {
        latch.await();
        return;
      } catch (InterruptedException e) {
        // Goes on waiting.
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static HttpResponse<InputStream> responseWith(InputStream body) {
    return (HttpResponse<InputStream>)
        Proxy.newProxyInstance(
            PeerExchangeTest.class.getClassLoader(),
            new Class<?>[] {HttpResponse.class},
            (proxy, method, arguments) -> body);
  }
}
