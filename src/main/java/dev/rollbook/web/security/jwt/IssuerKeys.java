package dev.rollbook.web.security.jwt;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.nimbusds.jose.RemoteKeySourceException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jose.util.ResourceRetriever;
import java.io.IOException;
import java.net.URI;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;

/// The public keys of the issuer.
///
/// A scheduled task fetches them at the start and every few minutes, so that a key that the issuer
/// has removed is refused soon. A token that is signed with an unknown key makes the request fetch
/// them, at most once in two seconds. While they cannot be fetched, the known keys stay accepted.
/// The start does not wait for the issuer.
final class IssuerKeys implements JWKSource<SecurityContext> {
  private static final Logger log = LoggerFactory.getLogger(IssuerKeys.class);
  private static final Duration MAX_AGE = Duration.ofMinutes(5);
  private static final Duration RETRY_PAUSE = Duration.ofSeconds(10);
  private static final Duration MIN_PAUSE = Duration.ofSeconds(2);
  private static final String DISCOVERY = "/.well-known/openid-configuration";

  private final JwtSettings settings;
  private final ResourceRetriever retriever;
  private final Clock clock;
  private final ReentrantLock fetching = new ReentrantLock();
  private volatile State state =
      new State(new JWKSet(), 0, Instant.MIN, "they were not fetched yet");

  /// @param version grows with each change of the keys
  /// @param tried when the keys were fetched last, or could not be fetched
  /// @param problem why they could not be fetched; null if they were
  private record State(JWKSet keys, long version, Instant tried, @Nullable String problem) {
    boolean isOlderThan(Duration age, Instant now) {
      // Also after the clock was set back.
      return tried.equals(Instant.MIN) || !tried.plus(age).isAfter(now) || tried.isAfter(now);
    }
  }

  IssuerKeys(JwtSettings settings, ResourceRetriever retriever, Clock clock) {
    this.settings = settings;
    this.retriever = retriever;
    this.clock = clock;
  }

  /// @throws RemoteKeySourceException if the key is unknown and the keys cannot be fetched
  @Override
  public List<JWK> get(JWKSelector selector, @Nullable SecurityContext context)
      throws RemoteKeySourceException {
    var known = selector.select(state.keys());
    if (!known.isEmpty()) {
      return known;
    }
    fetchIfOlderThan(MIN_PAUSE);
    var fetched = state;
    var found = selector.select(fetched.keys());
    if (found.isEmpty() && fetched.problem() != null) {
      throw new RemoteKeySourceException(fetched.problem(), null);
    }
    return found;
  }

  /// Grows with each change of the keys.
  long version() {
    return state.version();
  }

  /// Why the keys could not be fetched; empty if they were.
  Optional<String> problem() {
    return Optional.ofNullable(state.problem());
  }

  @Scheduled(fixedDelay = 1000)
  void refresh() {
    fetchIfOlderThan(state.problem() == null ? MAX_AGE : RETRY_PAUSE);
  }

  private void fetchIfOlderThan(Duration age) {
    fetching.lock();
    try {
      if (state.isOlderThan(age, clock.instant())) {
        fetch();
      }
    } finally {
      fetching.unlock();
    }
  }

  @GuardedBy("fetching")
  private void fetch() {
    var before = state;
    try {
      var keys = publicKeys(JWKSet.parse(retrieve(jwkSetUri())));
      if (keys.isEmpty()) {
        throw new IOException("the issuer has no public keys");
      }
      boolean changed = !keys.equals(before.keys());
      long version = before.version() + (changed ? 1 : 0);
      state = new State(keys, version, clock.instant(), null);
      if (changed) {
        log.info("read the keys of {}: {} keys", source(), keys.size());
      }
    } catch (IOException | ParseException | IllegalArgumentException e) {
      var problem = "the keys of %s cannot be read: %s".formatted(source(), e.getMessage());
      state = new State(before.keys(), before.version(), clock.instant(), problem);
      if (!problem.equals(before.problem())) {
        log.warn(
            "{}; tokens with known keys stay accepted, others get 503: check the issuer", problem);
      }
    }
  }

  private String jwkSetUri() throws IOException, ParseException {
    if (settings.jwkSetUri() != null) {
      return settings.jwkSetUri();
    }
    var issuer = String.valueOf(settings.issuer());
    var base = issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer;
    var metadata = JSONObjectUtils.parse(retrieve(base + DISCOVERY));
    if (!issuer.equals(metadata.get("issuer"))) {
      throw new IOException("its metadata names another issuer");
    }
    if (!(metadata.get("jwks_uri") instanceof String uri)) {
      throw new IOException("its metadata has no jwks_uri");
    }
    return uri;
  }

  private String retrieve(String uri) throws IOException {
    return retriever.retrieveResource(URI.create(uri).toURL()).getContent();
  }

  private static JWKSet publicKeys(JWKSet all) {
    return new JWKSet(all.toPublicJWKSet().getKeys());
  }

  private @Nullable String source() {
    return settings.jwkSetUri() == null ? settings.issuer() : settings.jwkSetUri();
  }
}
