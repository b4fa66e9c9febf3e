package dev.rollbook.http;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Ordinals that are no places spoil no thread.
class ForeignOrdinalsHttpTest extends ImportTest {
  private final String id = newThread();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "9223372036854775807",
        "9223372036854775806",
        "99999999999999999999999",
        "-7",
        "1.5"
      })
  void aThreadGoesOnBehindAnOrdinalThatIsNone(String ordinal) throws IOException {
    var strange = agent("strange").replace(",\"type\"", ",\"ordinal\":" + ordinal + ",\"type\"");

    write(
        id,
        numbered(0, "session_meta", payload(meta(id))),
        numbered(1, "event_msg", payload(user("hello"))),
        strange,
        numbered(2, "event_msg", payload(agent("hi"))));

    var done = importHome();

    assertThat(done.at("items")).isEqualTo("4");
    assertThat(rolloutLines(id)).hasSize(4).contains(strange);
    var receipt =
        expect(
            200,
            client.post(
                thread(id) + "/items",
                "{\"items\":[{\"type\":\"event_msg\",\"payload\":{\"type\":\"agent_message\",\"message\":\"more\"}}]}"));
    assertThat(receipt.at("firstOrdinal")).isEqualTo("3");
    assertThat(importHome().at("items")).isEqualTo("0");
  }

  @Test
  void aFileThatSaysItsOrdinalsTwiceIsTakenOnce() throws IOException {
    var twice = agent("hi").replaceFirst("\\{", "{\"ordinal\":5,\"ordinal\":1,");
    write(id, numbered(0, "session_meta", payload(meta(id))), twice);

    assertThat(importHome().at("items")).isEqualTo("2");
    assertThat(client.get(thread(id)).at("nextOrdinal")).isEqualTo("2");
    assertThat(rolloutLines(id)).contains(twice);
    assertThat(importHome().at("items")).isEqualTo("0");
  }

  @Test
  void anItemThatCameWithAnImportIsNotWrittenAgain() throws IOException {
    var file = write(id, meta(id), user("hello"));
    importHome();
    var own = "{\"id\":\"mine\",\"type\":\"event_msg\",\"payload\":{\"type\":\"other\"}}";
    var items = thread(id) + "/items";
    expect(200, client.post(items, "{\"items\":[%s]}".formatted(own)));
    var line = agent("hi").replaceFirst("\\{", "{\"id\":\"theirs\",");
    Files.writeString(file, line + "\n", StandardOpenOption.APPEND);
    assertThat(importHome().at("items")).isEqualTo("1");

    var again = own.replace("mine", "theirs");

    assertThat(client.post(items, "{\"items\":[%s]}".formatted(again)).at("duplicates"))
        .isEqualTo("1");
  }
}
