package dev.rollbook.api.cluster;

import dev.rollbook.api.cluster.PeerExchange.NotReachedException;
import dev.rollbook.cluster.ClusterProperties;
import dev.rollbook.cluster.Replica;
import dev.rollbook.cluster.Replicas;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.ThreadId;
import dev.rollbook.web.audit.AuditActor;
import dev.rollbook.web.security.access.Caller;
import dev.rollbook.web.security.peer.ConditionalOnCluster;
import dev.rollbook.web.security.peer.PeerCall;
import dev.rollbook.web.security.peer.PeerTokens;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// HTTP client for calls to other replicas: HTTP/1.1 over connections that are kept open, no
/// redirects, a token for each call.
///
/// It is the client of the JDK. Spring's `RestClient` would hide what routing is about: whether a
/// connection was opened at all, and the end of an exchange from outside. Spring Cloud Gateway
/// chooses a route by the request alone, and cannot choose again after a response.
@Component
@ConditionalOnCluster
public final class PeerClient implements AutoCloseable {
  /// Header of the answers of a replica that is about to stop.
  static final String STOPPING = "Rollbook-Stopping";

  private final Replicas replicas;
  private final PeerTokens tokens;
  private final HttpClient http;
  private final Set<PeerExchange> open = ConcurrentHashMap.newKeySet();

  PeerClient(ClusterProperties cluster, Replicas replicas, PeerTokens tokens) {
    this.replicas = replicas;
    this.tokens = tokens;
    var threads = Thread.ofVirtual().name("peer-client-", 0).factory();
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(cluster.goneAfter())
            .executor(Executors.newThreadPerTaskExecutor(threads))
            .build();
  }

  /// Begins the call that a client has sent, at another replica. Caller must close the result.
  ///
  /// @param thread that the replica has in memory; null if this is not certain
  /// @param body of the call
  /// @param changes to the headers
  /// @param isObsolete whether nobody waits for the response any more
  /// @throws NotReachedException if the replica has no address
  public PeerExchange begin(
      Replica to,
      HttpServletRequest request,
      @Nullable ThreadId thread,
      HttpRequest.BodyPublisher body,
      Consumer<HttpRequest.Builder> changes,
      BooleanSupplier isObsolete)
      throws NotReachedException {
    var address = to.address();
    if (address == null) {
      throw new NotReachedException(
          new ConnectException("replica %s has no address".formatted(to)));
    }
    var target = PeerTokens.targetOf(request);
    var call =
        new PeerCall(
            replicas.self().id().toString(),
            AuditActor.requestIdOf(request),
            thread == null ? null : thread.toString(),
            Caller.of(request).orElse(null));
    var copy = HttpRequest.newBuilder(uri(address, target)).method(request.getMethod(), body);
    PassedHeaders.copy(request, copy);
    changes.accept(copy);
    copy.setHeader(CallRouter.REPLICA, to.id().toString());
    copy.setHeader(PeerTokens.HEADER, tokens.create(call, request.getMethod(), target));
    return send(to, copy.build(), isObsolete);
  }

  private PeerExchange send(Replica to, HttpRequest request, BooleanSupplier isObsolete) {
    var exchange = new PeerExchange(to, () -> send(to, request), isObsolete, open::remove);
    open.add(exchange);
    return exchange;
  }

  private HttpResponse<InputStream> send(Replica to, HttpRequest request)
      throws IOException, InterruptedException {
    try {
      var head = http.send(request, BodyHandlers.ofInputStream());
      if (isStopping(head)) {
        replicas.hasSaidToStop(to.id());
      }
      return head;
    } catch (ConnectException | HttpConnectTimeoutException e) {
      replicas.cannotReach(to.id());
      throw e;
    }
  }

  /// Whether the replica that answers is about to stop.
  static boolean isStopping(HttpResponse<?> head) {
    return head.headers().firstValue(STOPPING).isPresent();
  }

  private static URI uri(URI address, String target) {
    var base = address.toString();
    try {
      return new URI((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + target);
    } catch (URISyntaxException e) {
      throw new InvalidRequest("", "the URL has characters that must be escaped");
    }
  }

  /// The exchanges that have begun and have not ended.
  Set<PeerExchange> open() {
    return open;
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
