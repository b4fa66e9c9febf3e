package dev.rollbook.api.threads;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.AbstractRetentionHttpTest;
import java.util.List;
import java.util.UUID;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A pin is part of the thread and is rebuilt from its rollout.
class PinsHttpTest extends AbstractRetentionHttpTest {
  @Test
  void aPinCanBeSetAndRemoved() {
    assertThat(client.get(thread(parent)).at("pinned")).isEqualTo("false");

    var pinned = expect(200, patch(parent, "{\"pinned\":true}"));
    assertThat(pinned.at("pinned")).isEqualTo("true");
    assertThat(pinned.at("name")).isEqualTo("parent");
    assertThat(client.lines(parent).getLast())
        .contains("{\"type\":\"thread_pin_updated\",\"thread_id\":\"" + parent)
        .contains("\"pinned\":true");
    expect(200, patch(parent, "{\"name\":\"renamed\"}"));
    assertThat(client.get(thread(parent)).at("pinned")).isEqualTo("true");

    assertThat(expect(200, patch(parent, "{\"pinned\":false}")).at("pinned")).isEqualTo("false");
  }

  @Test
  void pinningAPinnedThreadWritesNothing() {
    expect(200, patch(parent, "{\"pinned\":true}"));
    var lines = client.lines(parent);

    expect(200, patch(parent, "{\"pinned\":true}"));

    assertThat(client.lines(parent)).isEqualTo(lines);
  }

  @Test
  void aPinSurvivesARebuildAndIsNotInheritedByAFork() {
    expect(200, patch(parent, "{\"pinned\":true}"));
    saveRows();

    var row = threadRows.findById(UUID.fromString(parent)).orElseThrow();
    assertThat(row.attributes().pinned()).isTrue();
    stateDb.update("UPDATE thread SET revision = 0 WHERE id = ?", row.id());
    assertRebuiltAsItIs(parent);
    var fork = forked(parent, "{}");
    assertThat(client.get(thread(fork)).at("pinned")).isEqualTo("false");
  }

  @Test
  void listsCanBeFilteredByPin() {
    var source = "pins-" + UUID.randomUUID();
    var one = client.startThread("{\"source\":\"%s\"}".formatted(source));
    var other = client.startThread("{\"source\":\"%s\"}".formatted(source));
    expect(200, patch(one, "{\"pinned\":true}"));

    assertThat(listed("pinned=true&source=" + source)).containsExactly(one);
    assertThat(listed("pinned=false&source=" + source)).containsExactly(other);
    assertThat(listed("source=" + source)).containsExactlyInAnyOrder(one, other);
    assertThat(client.get("/v1/threads?pinned=yes").status()).isEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "1", "\"true\"", "{}"})
  void anInvalidPinIsRejectedWithAPointerToTheError(String value) {
    var refused = expect(400, patch(parent, "{\"pinned\":" + value + "}"));

    assertThat(refused.json().path("errors").path(0).path("pointer").asString())
        .isEqualTo("/pinned");
  }

  private List<String> listed(String query) {
    var data = expect(200, client.get("/v1/threads?" + query)).json().path("data");
    return StreamSupport.stream(data.spliterator(), false)
        .map(thread -> thread.path("id").asString())
        .toList();
  }
}
