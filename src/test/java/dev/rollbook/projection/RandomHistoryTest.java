package dev.rollbook.projection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Random sequences of lines: turns never overlap, at most the last one is running, and the usage
/// of the thread is the sum of its turns.
class RandomHistoryTest {
  private static final long SEED = 20261122;
  private static final int FILES = 150;
  private static final int LINES = 25;
  private static final List<String> METAS =
      List.of("", ",\"rollbook\":{},\"originator\":\"rollbook\"");
  private static final List<String> IDS =
      List.of(
          "",
          ",\"turn_id\":\"1\"",
          ",\"turn_id\":2",
          ",\"turn_id\":\"01999999-0000-7000-8000-00000000000a\"",
          ",\"turn_id\":\"01999999-0000-7000-8000-00000000000B\"");
  private static final List<String> EVENTS =
      List.of(
          "task_started",
          "turn_started",
          "task_complete",
          "turn_complete",
          "turn_aborted",
          "user_message",
          "agent_message",
          "error");
  private static final List<String> MEMBERS =
      List.of(
          "",
          "",
          ",\"last_agent_message\":\"m\"",
          ",\"error\":{}",
          ",\"message\":[]",
          ",\"usage\":{\"n\":1}",
          ",\"originator\":\"rollbook\"");

  @TempDir Path directory;

  @Test
  void turnsDoNotOverlapAndTheirUsageAddsUp() throws IOException {
    for (int n = 0; n < FILES; n++) {
      var random = new Random(SEED + n);
      var file = CodexRolloutBuilder.in(directory, any(random, METAS));
      for (int line = 0; line < LINES; line++) {
        write(file, random);
      }
      assertThat(file.facts()).as("seed %d", SEED + n).satisfies(RandomHistoryTest::addUp);
    }
  }

  private static void write(CodexRolloutBuilder file, Random random) {
    int total = random.nextInt(1000);
    switch (random.nextInt(10)) {
      case 0 -> file.line("response_item", "[]");
      case 1 ->
          file.line("token_usage_record", "{\"usage\":{\"n\":3}%s}".formatted(any(random, IDS)));
      case 2 ->
          file.event(
              "token_count",
              ",\"info\":{\"total_token_usage\":{\"n\":%d},\"last_token_usage\":{\"n\":%d}}"
                  .formatted(total, random.nextInt(9)));
      default -> file.event(any(random, EVENTS), any(random, IDS) + any(random, MEMBERS));
    }
  }

  private static void addUp(ThreadFacts facts) {
    var turns = facts.turns();
    long after = 0;
    var used = TokenUsage.NONE;
    long[] sum = {0};
    for (var turn : turns) {
      assertThat(turn.firstOrdinal()).isGreaterThan(after);
      assertThat(turn.itemCount())
          .isBetween(1L, turn.lastOrdinal() - turn.firstOrdinal() + 1)
          .satisfies(items -> sum[0] += items);
      assertThat(turn.completedAt() == null).isEqualTo(turn.status() == TurnStatus.IN_PROGRESS);
      boolean running = facts.running() != null && turn.id().equals(facts.running().id());
      assertThat(turn.status() == TurnStatus.IN_PROGRESS && !turn.own() && !running).isFalse();
      after = turn.firstOrdinal();
      used = used.plus(TokenUsage.of(turn.usage()));
    }
    // No line is in two turns.
    assertThat(sum[0]).isLessThanOrEqualTo(facts.itemCount());
    assertThat(turns).extracting(TurnFacts::id).map(TurnId::value).doesNotHaveDuplicates();
    assertThat(facts.ownUsage().json()).isEqualTo(used.json());
    assertThat(facts.inheritedUsage().json()).isNull();
  }

  private static String any(Random random, List<String> words) {
    return words.get(random.nextInt(words.size()));
  }
}
