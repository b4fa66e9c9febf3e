package dev.rollbook.http;

import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.http.ApiContractValidator.Request;
import dev.rollbook.http.ApiContractValidator.Response;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The validator reports undescribed responses and events; otherwise its silence would prove
/// nothing.
class ApiContractValidatorHttpTest extends HttpTest {
  private ApiContractValidator check;
  private RollbookClient.Answer known;
  private RollbookClient.Answer unknown;
  private String path;

  @BeforeEach
  void askTwice() {
    check = new ApiContractValidator(api);
    path = thread(client.startThread());
    known = client.get(path);
    unknown = client.get(thread(UUID.randomUUID().toString()));
  }

  @Test
  void responsesOfTheServicePass() {
    check.check(get(path), with(404, unknown, unknown.text()));
  }

  @Test
  void anUndescribedStatusOrPathFails() {
    assertFound(get(path), with(418, known, known.text()), "is not described");
    assertFound(get("/v1/nothing"), with(200, known, known.text()), "is not described");
  }

  @Test
  void anUndescribedProblemFails() {
    var other = unknown.text().replace("\"thread_not_found\"", "\"turn_not_found\"");
    assertFound(get(path), with(404, unknown, other), "/code");
    var more = unknown.text().replaceFirst("\\{", "{\"more\":1,");
    assertFound(get(path), with(404, unknown, more), "more");
    var notSaid = unknown.text().replace("\"none\"", "\"hope\"").replace("start_fresh", "hope");
    assertFound(get(path), with(404, unknown, notSaid), "/recovery");
  }

  @Test
  void aWrongMediaTypeFails() {
    var headers = HttpHeaders.of(Map.of("content-type", List.of("text/html")), (n, v) -> true);
    var page = new Response(404, headers, "<html>".getBytes(StandardCharsets.UTF_8));
    assertFound(get(path), page, "has the type text/html");
  }

  @Test
  void anUndescribedEventFails() {
    var data = "{\"threadId\":\"%s\",\"at\":null%s}";
    var id = UUID.randomUUID();
    check.checkEvent("/v1/events", "", "thread/archived", data.formatted(id, ""));
    assertThatThrownBy(
            () -> check.checkEvent("/v1/events", "", "thread/forgotten", data.formatted(id, "")))
        .isInstanceOf(AssertionError.class);
    assertThat(api.violations("/components/schemas/Event", known.json())).isNotEmpty();
  }

  private void assertFound(Request request, Response response, String what) {
    assertThatThrownBy(() -> check.check(request, response))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(what);
  }

  private Request get(String asked) {
    return new Request("GET", URI.create("http://127.0.0.1" + asked), null, new byte[0]);
  }

  private static Response with(int status, RollbookClient.Answer answer, String body) {
    var bytes = body.getBytes(StandardCharsets.UTF_8);
    return new Response(status, answer.response().headers(), bytes);
  }
}
