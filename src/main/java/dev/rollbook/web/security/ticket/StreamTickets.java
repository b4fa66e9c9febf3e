package dev.rollbook.web.security.ticket;

import dev.rollbook.model.ThreadId;
import dev.rollbook.web.security.access.Caller;
import dev.rollbook.web.security.access.RevocableAuthentication;
import dev.rollbook.web.security.access.Scope;
import dev.rollbook.web.security.token.TokenEntry;
import dev.rollbook.web.security.token.TokenStore;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.core.Authentication;
import tools.jackson.databind.json.JsonMapper;

/// Creates and checks tickets for the event stream of one thread.
///
/// A ticket is accepted any number of times within its life, because `EventSource` repeats its URL
/// when it reconnects. Tickets are not stored: a ticket states its caller and has an HMAC. Without
/// other replicas, its key is random, so a restart invalidates all tickets. A token of the tokens
/// file is looked up again for each request, so a ticket ends when its token is removed, is changed
/// to another one, expires or loses the scope `read`. A ticket of another credential ends with the
/// time of that credential.
public final class StreamTickets implements AuthenticationManager {
  private static final Duration LIFETIME = Duration.ofMinutes(10);
  private static final String ALGORITHM = "HmacSHA256";
  private static final int KEY_BYTES = 32;
  private static final String RENEW = ": get a new one with POST /v1/stream-tickets";
  private static final Optional<TokenEntry> NO_ENTRY = Optional.empty();
  private static final JsonMapper JSON = JsonMapper.shared();

  private final @Nullable TokenStore tokens;
  private final Clock clock;
  private final SecretKey key;

  /// @param text to send as the parameter `ticket`
  public record Ticket(String text, Instant expires) {}

  /// What a ticket states.
  ///
  /// @param mechanism of the credential that the ticket was requested with
  /// @param keyId of this credential; null if it has none
  /// @param token fingerprint of the entry in the tokens file; null for another credential
  private record Statement(
      String thread,
      Instant expires,
      String principal,
      String tenant,
      boolean allTenants,
      Caller.Mechanism mechanism,
      @Nullable String keyId,
      @Nullable String token) {}

  /// @param tokens null if the service accepts no tokens of its own
  /// @param key for HMAC-SHA256
  public StreamTickets(@Nullable TokenStore tokens, Clock clock, SecretKey key) {
    this.tokens = tokens;
    this.clock = clock;
    this.key = key;
  }

  /// A key of this process alone.
  public static SecretKey randomKey() {
    var secret = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(secret);
    return new SecretKeySpec(secret, ALGORITHM);
  }

  /// A ticket for a caller who may read the thread.
  public Ticket create(Caller caller, ThreadId thread) {
    var end = caller.expires();
    var latest = latestEnd();
    var expires = end != null && end.isBefore(latest) ? end : latest;
    var entry = caller.mechanism() == Caller.Mechanism.TOKEN ? entry(caller.keyId()) : NO_ENTRY;
    var statement =
        new Statement(
            thread.toString(),
            expires,
            caller.principal(),
            caller.tenant(),
            caller.scopes().contains(Scope.ALL_TENANTS),
            caller.mechanism(),
            caller.keyId(),
            entry.map(this::fingerprint).orElse(null));
    var text = JSON.writeValueAsBytes(statement);
    return new Ticket(base64(text) + "." + base64(hmac(text)), expires);
  }

  /// A ticket for a service that requires no authentication, which does not check it.
  public Ticket unchecked() {
    return new Ticket("unchecked", latestEnd());
  }

  /// @throws TicketRefusedException if the ticket is not accepted
  @Override
  public Authentication authenticate(Authentication request) {
    var sent = (TicketAuthentication) request;
    var ticket = verified(sent.getCredentials());
    if (ticket == null) {
      throw new TicketRefusedException(
          "the ticket is unknown, or was issued before a restart of the service" + RENEW);
    }
    if (!ticket.thread().equals(sent.thread().toLowerCase(Locale.ROOT))) {
      throw new TicketRefusedException("the ticket is for another thread" + RENEW);
    }
    if (!clock.instant().isBefore(ticket.expires())) {
      throw new TicketRefusedException("the ticket has expired" + RENEW);
    }
    var scopes = scopes(ticket);
    if (!scopes.contains(Scope.READ)) {
      throw new TicketRefusedException(
          "the token that the ticket was requested with is not accepted any more, or lacks the"
              + " scope read");
    }
    var caller =
        new Caller(
            ticket.principal(),
            ticket.tenant(),
            scopes,
            Caller.Mechanism.TICKET,
            ticket.keyId(),
            ticket.expires());
    var entry = ticket.token() == null ? null : entry(ticket.keyId()).orElse(null);
    return new RevocableAuthentication(caller, () -> entry != null && entry.isRevoked());
  }

  /// What the ticket allows now: at most what its token allows.
  private Set<Scope> scopes(Statement ticket) {
    var scopes = EnumSet.of(Scope.READ);
    if (ticket.allTenants()) {
      scopes.add(Scope.ALL_TENANTS);
    }
    if (ticket.mechanism() == Caller.Mechanism.TOKEN) {
      scopes.retainAll(
          entry(ticket.keyId())
              .filter(entry -> fingerprint(entry).equals(ticket.token()))
              .map(TokenEntry::caller)
              .filter(caller -> !caller.isExpired(clock.instant()))
              .map(Caller::scopes)
              .orElse(Set.of()));
    }
    return scopes;
  }

  private Optional<TokenEntry> entry(@Nullable String keyId) {
    return tokens == null || keyId == null ? NO_ENTRY : tokens.find(keyId);
  }

  /// Changes if the entry is another token, or that of another caller.
  private String fingerprint(TokenEntry entry) {
    var caller = entry.caller();
    var text = String.join(" ", entry.sha256(), caller.tenant(), caller.principal());
    return base64(hmac(text.getBytes(StandardCharsets.UTF_8)));
  }

  private Instant latestEnd() {
    return clock.instant().plus(LIFETIME);
  }

  /// What a ticket of this process states; null if it is not one.
  private @Nullable Statement verified(String ticket) {
    int dot = ticket.indexOf('.');
    if (dot < 0) {
      return null;
    }
    try {
      var decoder = Base64.getUrlDecoder();
      var text = decoder.decode(ticket.substring(0, dot));
      var mac = decoder.decode(ticket.substring(dot + 1));
      return MessageDigest.isEqual(mac, hmac(text)) ? JSON.readValue(text, Statement.class) : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private byte[] hmac(byte[] text) {
    try {
      var mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return mac.doFinal(text);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("each Java runtime has " + ALGORITHM, e);
    }
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
