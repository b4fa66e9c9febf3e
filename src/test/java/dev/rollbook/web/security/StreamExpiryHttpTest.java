package dev.rollbook.web.security;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.EventClient;
import dev.rollbook.http.OpenUpload;
import dev.rollbook.http.RollbookClient;
import dev.rollbook.web.security.access.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.EnumSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/// Event streams end with their credential; uploads go on.
class StreamExpiryHttpTest extends AbstractAuthenticationHttpTest {
  /// Clocks of issuer and service may differ by a minute.
  private static final int SKEW_SECONDS = 60;

  private static final int LIFE_SECONDS = 30;

  @Autowired OffsetClock clock;

  @AfterEach
  void setTheClock() {
    clock.setForward(Duration.ZERO);
  }

  @Test
  void streamsEndWhenTheirTokenIsRemovedAndAnUploadGoesOn() throws IOException {
    var token = known("leaver");
    var leaver = new RollbookClient(port).withToken(token);
    var thread = leaver.startThread();
    var turn = leaver.startTurn(thread);
    try (var ofToken = open(thread, token);
        var ofTicket = openWithTicket(leaver, thread);
        var ofAll = EventClient.open(port, "/v1/events", "authorization", "Bearer " + token);
        var ofOther = open(thread, ALL);
        var upload = OpenUpload.chunked(port, turn(thread, turn) + "/items", token)) {
      upload.send("{\"type\":\"x\",\"payload\":1}\n");
      ofOther.awaitEvents(1);

      TOKENS.remove("leaver");

      assertEnded(ofToken, thread);
      assertEnded(ofTicket, thread);
      assertEnded(ofAll, "null");
      upload.send("{\"type\":\"x\",\"payload\":2}\n");
      assertThat(upload.end().status()).isEqualTo(200);
      await().until(() -> ofOther.items().size() == 2);
      assertThat(ofOther.isEnded()).isFalse();
    }
  }

  @Test
  void streamsEndWhenTheirTokenIsChangedAndOnlyThose() throws IOException {
    var token = known("changed");
    var other = known("unchanged");
    var thread = new RollbookClient(port).withToken(token).startThread();
    try (var ofToken = open(thread, token);
        var ofOther = open(thread, other)) {
      var text = Files.readString(TOKENS.file());
      Files.writeString(
          TOKENS.file(),
          text.replaceAll(
              "(principal: \"changed\"\n.*\n  scopes: \\[)read, append]", "$1read, manage]"));

      assertEnded(ofToken, thread);
      assertThat(ofOther.isEnded()).isFalse();
      try (var again = open(thread, token)) {
        assertThat(again.isEnded()).isFalse();
      }
    }
  }

  @Test
  void aStreamEndsWhenItsJsonWebTokenExpires() {
    var thread = new RollbookClient(port).withToken(ISSUER.token("read append")).startThread();
    var end = Instant.now().plusSeconds(LIFE_SECONDS - SKEW_SECONDS);
    var token =
        ISSUER.token(claims ->
            claims
                .claim("scope", "read")
                .issueTime(Date.from(end.minusSeconds(600)))
                .expirationTime(Date.from(end)));
    var caller = new RollbookClient(port).withToken(token);
    try (var ofToken = open(thread, token);
        var ofTicket = openWithTicket(caller, thread);
        var ofOther = open(thread, ALL)) {
      clock.setForward(Duration.ofSeconds(LIFE_SECONDS));

      assertEnded(ofToken, thread);
      assertEnded(ofTicket, thread);
      expect(401, caller.get("/v1/threads"));
      assertThat(ofOther.isEnded()).isFalse();
    }
  }

  @Test
  void theLastEventHasTheLastOrdinalThatWasSent() {
    var token = known("short");
    var caller = new RollbookClient(port).withToken(token);
    var thread = caller.startThread();
    try (var stream =
        EventClient.open(
            port, thread(thread) + "/events?after=-1", "authorization", "Bearer " + token)) {
      assertThat(stream.awaitEvents(1).getFirst().isItem()).isTrue();

      TOKENS.remove("short");

      assertThat(assertEnded(stream, thread).at("lastOrdinal")).isEqualTo("0");
    }
  }

  private static EventClient.Received assertEnded(EventClient stream, String thread) {
    await().until(stream::isEnded);
    var last = stream.received().getLast();
    assertThat(last.name()).isEqualTo("stream/ended");
    assertThat(last.at("reason")).isEqualTo("credential_expired");
    assertThat(last.at("threadId")).isEqualTo(thread);
    return last;
  }

  private EventClient open(String thread, String token) {
    return EventClient.open(port, thread(thread) + "/events", "authorization", "Bearer " + token);
  }

  private EventClient openWithTicket(RollbookClient caller, String thread) {
    var wanted = "{\"threadId\":\"%s\"}".formatted(thread);
    var ticket = expect(200, caller.post("/v1/stream-tickets", wanted)).at("ticket");
    return EventClient.open(port, thread(thread) + "/events?ticket=" + ticket);
  }

  /// A token that the service has read.
  private String known(String principal) {
    var token = TOKENS.token(principal, EnumSet.of(Scope.READ, Scope.APPEND));
    var caller = new RollbookClient(port).withToken(token);
    await().until(() -> caller.get("/v1/threads").status() == 200);
    return token;
  }
}
