package dev.rollbook.projection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.text.RawJson;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.recursive.comparison.RecursiveComparisonConfiguration;
import org.junit.jupiter.api.Test;

/// Whatever the fold of the last lines accepts, it comes to the facts of a fold of all lines.
class OwnTailFoldTest {
  private static final long SEED = 20261201;
  private static final int FILES = 300;
  private static final int LINES = 14;
  private static final Instant START = Instant.parse("2026-12-01T12:00:00Z");

  private static final List<String> IDS =
      List.of(
          "",
          ",\"turn_id\":\"01999999-0000-7000-8000-00000000000a\"",
          ",\"turn_id\":\"01999999-0000-7000-8000-00000000000b\"",
          ",\"turn_id\":\"01999999-0000-7000-8000-00000000000c\"");
  private static final List<String> EVENTS =
      List.of(
          "task_started",
          "task_started",
          "turn_started",
          "task_complete",
          "turn_complete",
          "turn_aborted",
          "user_message",
          "error",
          "thread_name_updated");
  private static final List<String> MEMBERS =
      List.of(
          "",
          ",\"originator\":\"rollbook\"",
          ",\"originator\":\"rollbook\",\"usage\":{\"n\":1}",
          ",\"originator\":\"rollbook\",\"metadata\":{\"k\":1}",
          ",\"message\":\"text\"",
          ",\"error\":{\"message\":\"m\"}");

  private final ThreadId thread = ThreadId.next();

  @Test
  void theLastLinesMakeTheSameFactsAsAllLines() {
    int accepted = 0;
    int refused = 0;
    for (int n = 0; n < FILES; n++) {
      var lines = lines(new Random(SEED + n));
      for (int begin = 1; begin < lines.size(); begin++) {
        var before = facts(lines.subList(0, begin));
        if (before.running() != null && !before.running().own()) {
          continue;
        }
        var tail = fold(before);
        if (lines.subList(begin, lines.size()).stream().allMatch(tail::add)) {
          assertSame("seed %d from %d".formatted(SEED + n, begin), before, tail, facts(lines));
          accepted++;
        } else {
          refused++;
        }
      }
    }
    assertThat(accepted).isGreaterThan(FILES);
    assertThat(refused).isGreaterThan(FILES);
  }

  @Test
  void itemsAndTurnsOfRollbookAreAccepted() {
    var id = TurnId.next();
    var tail = fold(facts(List.of(meta())));
    var started = TurnMarker.started(id, START, RawJson.of("{\"k\":1}")).payload();

    assertThat(tail.add(line(1, "note", "{\"n\":1}"))).isTrue();
    assertThat(tail.add(line(2, "event_msg", started.toString()))).isTrue();
    assertThat(tail.add(line(3, "event_msg", "{\"type\":\"task_complete\",\"turn_id\":\"x\"}")))
        .isTrue();

    assertThat(tail.running()).isNotNull();
    assertThat(tail.running().itemCount()).isEqualTo(2);
    assertThat(tail.begun()).isEqualTo(1);
    assertThat(tail.nextOrdinal()).isEqualTo(4);
  }

  @Test
  void aLineAfterAHoleIsRefused() {
    assertThat(fold(facts(List.of(meta()))).add(line(2, "note", "{}"))).isFalse();
  }

  private OwnTailFold fold(ThreadFacts before) {
    return new OwnTailFold(
        thread,
        id -> before.turns().stream().anyMatch(turn -> turn.id().equals(id)),
        before.nextOrdinal(),
        before.running(),
        before.preview(),
        before.ownUsage(),
        before.usageTimeline());
  }

  private void assertSame(String seed, ThreadFacts before, OwnTailFold tail, ThreadFacts all) {
    assertThat(before.itemCount() + tail.items()).as(seed).isEqualTo(all.itemCount());
    assertThat(before.turns().size() + tail.begun()).as(seed).isEqualTo(all.turns().size());
    assertThat(tail.nextOrdinal()).as(seed).isEqualTo(all.nextOrdinal());
    assertThat(tail.preview())
        .as(seed)
        .isEqualTo(before.preview() == null ? all.preview() : before.preview());
    assertThat(before.notes().plus(tail.notes())).as(seed).isEqualTo(all.notes());
    assertThat(tail.usage().json()).as(seed).isEqualTo(all.ownUsage().json());
    assertThat(tail.timeline()).as(seed).isEqualTo(all.usageTimeline());
    assertThat(tail.running()).as(seed).usingRecursiveComparison(json()).isEqualTo(all.running());
    var turns = new ArrayList<>(before.turns());
    for (var turn : tail.changed()) {
      turns.removeIf(known -> known.id().equals(turn.id()));
      turns.add(turn);
    }
    assertThat(turns).as(seed).usingRecursiveComparison(json()).isEqualTo(all.turns());
  }

  private static RecursiveComparisonConfiguration json() {
    return RecursiveComparisonConfiguration.builder()
        .withEqualsForType(RawJson::sameBytes, RawJson.class)
        .build();
  }

  private ThreadFacts facts(List<RolloutLine> lines) {
    var fold = HistoryFold.of(thread, START);
    lines.forEach(fold::add);
    return fold.facts(0).orElseThrow();
  }

  private List<RolloutLine> lines(Random random) {
    var lines = new ArrayList<RolloutLine>();
    lines.add(meta());
    for (int ordinal = 1; ordinal < LINES; ordinal++) {
      lines.add(any(ordinal, random));
    }
    return lines;
  }

  private RolloutLine any(int ordinal, Random random) {
    return switch (random.nextInt(12)) {
      case 0, 1, 2, 3 -> line(ordinal, "response_item", "{\"n\":1}");
      case 4 ->
          line(
              ordinal,
              "response_item",
              "{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"hello\"}]}");
      case 5 ->
          line(
              ordinal,
              "codex_exec",
              "{\"type\":\"turn.completed\",\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}");
      case 6 ->
          line(
              ordinal,
              "event_msg",
              "{\"type\":\"token_count\",\"info\":{\"total_token_usage\":{\"n\":%d}}}"
                  .formatted(random.nextInt(99)));
      case 7 ->
          line(
              ordinal,
              random.nextInt(3) == 0 ? "token_usage_record" : "note",
              "{\"usage\":{\"n\":3}%s}".formatted(pick(random, IDS)));
      default ->
          line(
              ordinal,
              "event_msg",
              "{\"type\":\"%s\"%s%s}"
                  .formatted(pick(random, EVENTS), pick(random, IDS), pick(random, MEMBERS)));
    };
  }

  private RolloutLine meta() {
    return line(
        0,
        "session_meta",
        "{\"id\":\"%s\",\"timestamp\":\"%s\",\"originator\":\"rollbook\",\"rollbook\":{}}"
            .formatted(thread, START));
  }

  private static RolloutLine line(long ordinal, String type, String payload) {
    var text =
        "{\"timestamp\":\"2026-12-01T12:00:%02d.000Z\",\"ordinal\":%d,\"type\":\"%s\",\"payload\":%s}"
            .formatted(ordinal, ordinal, type, payload);
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    return RolloutLine.parse(bytes, 0, bytes.length).orElseThrow();
  }

  private static String pick(Random random, List<String> words) {
    return words.get(random.nextInt(words.size()));
  }
}
