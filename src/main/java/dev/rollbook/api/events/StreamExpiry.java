package dev.rollbook.api.events;

import dev.rollbook.event.Subscription;
import dev.rollbook.web.security.access.RequestCredential;
import jakarta.servlet.ServletRequest;
import java.time.Clock;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/// Ends event streams whose credential has expired or was revoked.
///
/// A stream looks at its credential before each write. A stream that waits for an event is woken by
/// a task that looks at all of them each second: a timer for each stream would not see that a token
/// was revoked.
@Component
final class StreamExpiry {
  private final Set<Watch> watches = ConcurrentHashMap.newKeySet();
  private final Clock clock;

  StreamExpiry(Clock clock) {
    this.clock = clock;
  }

  Credential of(ServletRequest request) {
    return new Credential(RequestCredential.of(request).orElse(null));
  }

  @Scheduled(fixedDelay = 1000)
  void endExpired() {
    for (var watch : watches) {
      if (watch.credential.hasExpired()) {
        watch.subscription.end();
      }
    }
  }

  /// The credential that a stream was opened with. It never expires if the service requires none.
  final class Credential {
    private final @Nullable RequestCredential credential;

    private Credential(@Nullable RequestCredential credential) {
      this.credential = credential;
    }

    boolean hasExpired() {
      return credential != null && !credential.isAccepted(clock.instant());
    }

    /// Ends the subscription when the credential expires, until the watch is closed.
    Watch watch(Subscription subscription) {
      return new Watch(this, subscription);
    }
  }

  final class Watch implements AutoCloseable {
    private final Credential credential;
    private final Subscription subscription;

    private Watch(Credential credential, Subscription subscription) {
      this.credential = credential;
      this.subscription = subscription;
      if (credential.credential != null) {
        watches.add(this);
      }
    }

    @Override
    public void close() {
      watches.remove(this);
    }
  }
}
