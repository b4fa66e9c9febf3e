package dev.rollbook.web.security.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import dev.rollbook.web.security.access.Caller;
import dev.rollbook.web.security.access.Scope;
import dev.rollbook.web.security.peer.ClusterKeys.Purpose;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.EnumSet;
import java.util.Set;
import javax.crypto.SecretKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerTokensTest {
  private static final Instant NOW = Instant.parse("2026-11-30T12:00:00.123Z");
  private static final SecretKey KEY =
      ClusterKeys.derive("a secret of 32 bytes and some more", Purpose.PEER_TOKEN);
  private static final String TARGET = "/v1/threads/1?a=b%20c";
  private static final PeerCall CALL = new PeerCall("r-1", "q-1", null, null);

  private final PeerTokens tokens = at(Duration.ZERO);

  private static PeerTokens at(Duration later) {
    return new PeerTokens(KEY, Clock.fixed(NOW.plus(later), ZoneOffset.UTC));
  }

  @Test
  void statesTheWholeCall() {
    var caller =
        new Caller(
            "Zoë \"x\"",
            "team-a",
            EnumSet.of(Scope.READ, Scope.ALL_TENANTS),
            Caller.Mechanism.CERTIFICATE,
            "k-1",
            Instant.parse("2026-12-01T00:00:00.007Z"));
    var call = new PeerCall("r-1", "q-1", "t-1", caller);

    assertThat(tokens.verify(tokens.create(call, "GET", TARGET), "GET", TARGET)).isEqualTo(call);
  }

  @Test
  void statesNoMoreThanThereIs() {
    var caller = new Caller("p", "t", Set.of(), Caller.Mechanism.JWT, null, null);
    var call = new PeerCall("r-1", "q-1", null, caller);

    assertThat(tokens.verify(tokens.create(CALL, "GET", TARGET), "GET", TARGET)).isEqualTo(CALL);
    assertThat(tokens.verify(tokens.create(call, "GET", TARGET), "GET", TARGET)).isEqualTo(call);
  }

  @Test
  void isForOneMethodPathAndQuery() {
    var token = tokens.create(CALL, "GET", TARGET);

    refuses(token, "POST", TARGET, "another call");
    refuses(token, "GET", "/v1/threads/1", "another call");
    refuses(token, "GET", TARGET + "d", "another call");
  }

  @Test
  void isForHalfAMinuteAndAsMuchAsClocksMayDiffer() {
    var token = tokens.create(CALL, "GET", TARGET);

    assertThat(at(Duration.ofSeconds(88)).verify(token, "GET", TARGET)).isEqualTo(CALL);
    assertThat(at(Duration.ofSeconds(-59)).verify(token, "GET", TARGET)).isEqualTo(CALL);
    assertThatThrownBy(() -> at(Duration.ofSeconds(91)).verify(token, "GET", TARGET))
        .hasMessageContaining("clocks");
    assertThatThrownBy(() -> at(Duration.ofSeconds(-62)).verify(token, "GET", TARGET))
        .hasMessageContaining("clocks");
  }

  @Test
  void isSignedByTheKeyOfTheClusterForThisPurpose() {
    var otherPurpose =
        ClusterKeys.derive("a secret of 32 bytes and some more", Purpose.STREAM_TICKET);
    var otherSecret = ClusterKeys.derive("another secret of 32 bytes or more", Purpose.PEER_TOKEN);
    for (var key : new SecretKey[] {otherPurpose, otherSecret}) {
      var token = new PeerTokens(key, Clock.fixed(NOW, ZoneOffset.UTC)).create(CALL, "GET", TARGET);
      refuses(token, "GET", TARGET, "rollbook.cluster.secret");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "a.b.c", "..", "eyJhbGciOiJIUzI1NiJ9.e30."})
  void refusesOtherTexts(String token) {
    refuses(token, "GET", TARGET, "rollbook.cluster.secret");
  }

  @Test
  void refusesTokensOfAnotherKind() throws Exception {
    var claims =
        new JWTClaimsSet.Builder()
            .subject("r-1")
            .claim("htm", "GET")
            .claim("htu", TARGET)
            .claim("request_id", "q-1")
            .issueTime(Date.from(NOW))
            .expirationTime(Date.from(NOW.plusSeconds(30)))
            .build();
    var otherType = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims);
    otherType.sign(new MACSigner(KEY));

    refuses(otherType.serialize(), "GET", TARGET, "rollbook.cluster.secret");
    refuses(new PlainJWT(claims).serialize(), "GET", TARGET, "rollbook.cluster.secret");
  }

  private void refuses(String token, String method, String target, String why) {
    assertThatThrownBy(() -> tokens.verify(token, method, target))
        .isInstanceOf(PeerTokenRefusedException.class)
        .hasMessageContaining(why);
  }
}
