package dev.rollbook.api.turns;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.HttpTest;
import dev.rollbook.http.RollbookClient.Answer;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.mock.web.MockHttpServletRequest;

/// Appends get the same response on the short way and by Spring's dispatch of controllers.
class AppendDispatchHttpTest extends HttpTest {
  private static final String ID = "01a20400-0000-7000-8000-000000000001";
  private static final String PLAIN = "application/json";

  /// Leaves the short way, because the media type has to be negotiated.
  private static final String NEGOTIATED = "application/json;q=0.9";

  @Autowired AppendDispatch dispatch;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"items\":[{\"type\":\"response_item\",\"payload\":1}]}",
        "{\"items\":[{\"id\":\"a\",\"type\":\"x\",\"payload\":{\"b\":[1,2]},\"metadata\":{}},"
            + "{\"id\":\"a\",\"type\":\"x\",\"payload\":null}],\"expectedOrdinal\":null}",
        "{\"items\":[{\"type\":\"x\",\"payload\":1}],\"expectedOrdinal\":77}",
        "{\"items\":[{\"type\":\"x\",\"payload\":1}],\"expectedOrdinal\":-1}",
        "{\"items\":[]}",
        "{\"items\":[{\"type\":\"\",\"payload\":1}]}",
        "{\"items\":[{\"type\":\"x\"}]}",
        "{\"items\":[{\"type\":\"x\",\"payload\":1}],\"more\":1}",
        "{\"items\":",
        "{}",
        "[]",
        "1 2",
        ""
      })
  void bothWaysAnswerABodyAlike(String body) {
    assertAlike(accept -> {
      var thread = client.startThread();
      return append(turn(thread, client.startTurn(thread)), body, accept);
    });
    assertAlike(accept -> append(thread(client.startThread()), body, accept));
  }

  @Test
  void bothWaysAnswerAlikeIfNothingCanBeAppended() {
    var body = "{\"items\":[{\"type\":\"x\",\"payload\":1}]}";
    assertAlike(accept -> append(thread(ID), body, accept));
    assertAlike(accept -> append(turn(ID, ID), body, accept));
    assertAlike(accept -> append(turn(client.startThread(), ID), body, accept));
    assertAlike(accept -> {
      var thread = client.startThread();
      var turn = client.startTurn(thread);
      expect(200, client.complete(thread, turn));
      return append(turn(thread, turn), body, accept);
    });
    assertAlike(accept -> {
      var thread = client.startThread();
      expect(200, client.post(thread(thread) + "/archive"));
      return append(thread(thread), body, accept);
    });
  }

  @Test
  void bothWaysReportASkipAlike() {
    var skipped =
        assertAlike(accept -> {
          var thread = client.startThread();
          var turn = client.startTurn(thread);
          expect(200, client.post(thread(thread) + "/shutdown"));
          var body = "{\"items\":[{\"type\":\"x\",\"payload\":\"\\\"\"}]}";
          return append(turn(thread, turn), body, accept);
        });
    assertThat(skipped.at("persistence", "reason")).isEqualTo("recorder_removed");
  }

  @ParameterizedTest
  @ValueSource(strings = {PLAIN, "*/*", ""})
  void theShortWayTakesAppendsWithUsualHeaders(String accept) {
    var request = request("/v1/threads/%s/items".formatted(ID), accept);
    assertThat(dispatch.getHandler(request)).isNotNull();
    assertThat(
            dispatch.getHandler(request("/v1/threads/%s/turns/%1$s/items".formatted(ID), accept)))
        .isNotNull();
  }

  @ParameterizedTest
  @CsvSource({
    "POST, /v1/threads/{id}/items, application/json, text/html",
    "POST, /v1/threads/{id}/items, application/json, 'application/json;q=0.9'",
    "POST, /v1/threads/{id}/items, application/x-ndjson, application/json",
    "POST, /v1/threads/{id}/items, 'application/json;charset=x', application/json",
    "GET, /v1/threads/{id}/items, application/json, application/json",
    "PUT, /v1/threads/{id}/gaps/{id}/items, application/json, application/json",
    "POST, /v1/threads/{id}/gapes/{id}/items, application/json, application/json",
    "POST, /v1/threads/{id}/turns, application/json, application/json",
    "POST, /v1/threads/{id}0/items, application/json, application/json",
    "POST, /v1/threads/1-1-1-1-1/items, application/json, application/json",
    "POST, /v1/threads/{id}/turns/g1a20400-0000-7000-8000-000000000001/items, application/json, */*",
    "POST, /v1/threads//items, application/json, application/json"
  })
  void otherRequestsAreLeftToSpring(String method, String path, String type, String accept) {
    var request = request(path.replace("{id}", ID), accept);
    request.setMethod(method);
    request.setContentType(type);
    assertThat(dispatch.getHandler(request)).isNull();
  }

  @Test
  void aQueryIsLeftToSpring() {
    var request = request("/v1/threads/%s/items".formatted(ID), PLAIN);
    request.setQueryString("a=b");
    assertThat(dispatch.getHandler(request)).isNull();
  }

  private static MockHttpServletRequest request(String path, String accept) {
    var request = new MockHttpServletRequest("POST", path);
    request.setServletPath(path);
    request.setContentType("application/json");
    if (!accept.isEmpty()) {
      request.addHeader("Accept", accept);
    }
    return request;
  }

  private Answer append(String to, String body, String accept) {
    return client.send(
        "POST", to + "/items", body.getBytes(UTF_8), "content-type", PLAIN, "accept", accept);
  }

  /// @param append is called once for each way, with a value for `Accept`
  /// @return the response on the short way
  private static Answer assertAlike(Function<String, Answer> append) {
    var direct = append.apply(PLAIN);
    var negotiated = append.apply(NEGOTIATED);
    assertThat(direct.status()).isEqualTo(negotiated.status());
    assertThat(withoutIds(direct.text())).isEqualTo(withoutIds(negotiated.text()));
    assertThat(headers(direct)).isEqualTo(headers(negotiated));
    return direct;
  }

  private static String withoutIds(String text) {
    return text.replaceAll("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>");
  }

  private static Map<String, List<String>> headers(Answer answer) {
    return answer.response().headers().map().entrySet().stream()
        .filter(header -> !header.getKey().equals("date"))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }
}
