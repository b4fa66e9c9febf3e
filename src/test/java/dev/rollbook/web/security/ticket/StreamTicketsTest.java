package dev.rollbook.web.security.ticket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.model.ThreadId;
import dev.rollbook.web.security.access.Caller;
import dev.rollbook.web.security.access.Caller.Mechanism;
import dev.rollbook.web.security.access.Scope;
import dev.rollbook.web.security.token.TokenStore;
import dev.rollbook.web.security.token.TokensFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.test.util.ReflectionTestUtils;

class StreamTicketsTest {
  private static final Instant START = Instant.parse("2026-11-30T12:00:00Z");
  private static final ThreadId THREAD = ThreadId.next();

  private Instant now = START;
  private final Clock clock = ((InstantSource) () -> now).withZone(ZoneOffset.UTC);
  private @TempDir Path directory;
  private TokensFile file;
  private TokenStore tokens;
  private StreamTickets tickets;
  private Caller page;

  @BeforeEach
  void createATokensFile() {
    file = TokensFile.create(directory);
    file.token("other", EnumSet.of(Scope.READ));
    var token = file.token("page", "team", EnumSet.of(Scope.READ, Scope.ALL_TENANTS));
    tokens = new TokenStore(file.file(), null, "default");
    tickets = new StreamTickets(tokens, clock, StreamTickets.randomKey());
    page = tokens.find(token.split("_")[1]).orElseThrow().caller();
  }

  @Test
  void aTicketNamesItsCallerWithTheScopeReadForTenMinutes() {
    var ticket = tickets.create(page, THREAD);
    assertThat(ticket.expires()).isEqualTo(START.plus(Duration.ofMinutes(10)));

    assertThat(caller(ticket.text()))
        .isEqualTo(
            new Caller(
                "page",
                "team",
                Set.of(Scope.READ, Scope.ALL_TENANTS),
                Mechanism.TICKET,
                page.keyId(),
                ticket.expires()));
    now = ticket.expires().minusMillis(1);
    assertThat(caller(ticket.text()).principal()).isEqualTo("page");
    now = ticket.expires();
    assertRefused(ticket.text(), "has expired");
  }

  @Test
  void aTicketHasNoOtherScopeOfItsCaller() {
    var all = jwt(EnumSet.allOf(Scope.class), null);

    assertThat(caller(tickets.create(all, THREAD).text()).scopes())
        .containsExactlyInAnyOrder(Scope.READ, Scope.ALL_TENANTS);
    var some = jwt(EnumSet.of(Scope.READ, Scope.MANAGE), null);
    assertThat(caller(tickets.create(some, THREAD).text()).scopes()).containsExactly(Scope.READ);
  }

  @Test
  void aTicketLivesNoLongerThanItsCredential() {
    var end = START.plusSeconds(30);
    var ticket = tickets.create(jwt(EnumSet.of(Scope.READ), end), THREAD);

    assertThat(ticket.expires()).isEqualTo(end);
    now = end;
    assertRefused(ticket.text(), "has expired");
  }

  @Test
  void aTicketEndsWithItsToken() throws IOException {
    var ticket = tickets.create(page, THREAD).text();
    var text = Files.readString(file.file());

    change(text.replace("read, all-tenants", "append, all-tenants"));
    assertRefused(ticket, "lacks the scope read");
    change(text.replace("read, all-tenants", "read"));
    assertThat(caller(ticket).scopes()).containsExactly(Scope.READ);
    change(text.replace("tenant: \"team\"", "tenant: \"other\""));
    assertRefused(ticket, "not accepted any more");
    var hash = tokens.find(page.keyId()).orElseThrow().sha256();
    change(text.replace(hash, "0".repeat(64)));
    assertRefused(ticket, "not accepted any more");
    change(text + "  expires: \"%s\"%n".formatted(START));
    assertRefused(ticket, "not accepted any more");
    change(text);
    assertThat(caller(ticket).principal()).isEqualTo("page");
    file.remove("page");
    reload();
    assertRefused(ticket, "not accepted any more");
  }

  @Test
  void aRestartInvalidatesTickets() {
    var ticket = tickets.create(page, THREAD).text();

    tickets = new StreamTickets(tokens, clock, StreamTickets.randomKey());

    assertRefused(ticket, "before a restart");
  }

  private static Caller jwt(Set<Scope> scopes, @Nullable Instant expires) {
    return new Caller("robot", "team", scopes, Mechanism.JWT, null, expires);
  }

  private void change(String text) throws IOException {
    Files.writeString(file.file(), text);
    reload();
  }

  private void reload() {
    ReflectionTestUtils.invokeMethod(tokens, "reload");
    assertThat(tokens.problem()).isEmpty();
  }

  private Caller caller(String ticket) {
    var request = new TicketAuthentication(ticket, THREAD.toString());
    return (Caller) tickets.authenticate(request).getPrincipal();
  }

  private void assertRefused(String ticket, String why) {
    assertThatThrownBy(() -> caller(ticket))
        .isInstanceOf(TicketRefusedException.class)
        .hasMessageContaining(why);
  }
}
