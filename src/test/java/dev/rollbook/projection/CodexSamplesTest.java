package dev.rollbook.projection;

import static dev.rollbook.model.TurnStatus.COMPLETED;
import static dev.rollbook.model.TurnStatus.FAILED;
import static dev.rollbook.model.TurnStatus.INTERRUPTED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.rollout.TestRollouts;
import dev.rollbook.rollout.line.RolloutLine;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Rollouts that a real Codex 0.169 wrote are understood.
class CodexSamplesTest {
  private static final String FAILED_TURN =
      "08_failed_turn__rollout-2026-11-22T12-46-02-01a2034a-c7c7-75d1-810a-159a77f6aa68";
  private static final String FORK_CHILD =
      "10_fork_child__rollout-2026-11-22T12-46-02-01a2034a-c946-75c2-b437-07a157f40795";
  private static final String INTERRUPTED_TURN =
      "05_interrupted__rollout-2026-11-22T12-45-59-01a2034a-bdc8-7030-9a3a-136455960a62";
  private static final String LEGACY =
      "11_legacy_mode__rollout-2026-11-22T12-46-02-01a2034a-caa2-7353-97ec-f2c80761213c";
  private static final String NON_ASCII =
      "04_non_ascii__rollout-2026-11-22T12-45-59-01a2034a-bca6-71a1-9c4c-76442eaf1bc4";
  private static final String PLAIN =
      "01_plain__rollout-2026-11-22T12-45-58-01a2034a-b9dd-7661-b3ea-5308f7ee69cf";

  @TempDir Path directory;

  /// Name, items, next ordinal, statuses of its turns, how many responses each used, preview.
  static final List<Arguments> SAMPLES =
      List.of(
          Arguments.of(PLAIN, 14, 14, List.of(COMPLETED), List.of(1), "plain chat"),
          Arguments.of(
              "02_tool_call__rollout-2026-11-22T12-45-58-01a2034a-bab3-7f90-9677-b0512f6c3d9c",
              19,
              19,
              List.of(COMPLETED),
              List.of(2),
              "[tool:echo hello; ls /nonexistent] use a tool"),
          Arguments.of(
              "03_multi_turn_reasoning__rollout-2026-11-22T12-45-59-01a2034a-bbb0-7583-a479-8810bda24767",
              38,
              38,
              List.of(COMPLETED, COMPLETED, COMPLETED),
              List.of(1, 1, 1),
              "turn number 0 [reason]"),
          Arguments.of(
              NON_ASCII,
              14,
              14,
              List.of(COMPLETED),
              List.of(1),
              "grüße 世界 🎉 \u200Fעברית\u2028line-sep\uFFFDnul\ttab \"q\" \\ end"),
          Arguments.of(
              INTERRUPTED_TURN, 12, 12, List.of(INTERRUPTED), List.of(0), "[hang] hang please"),
          Arguments.of(FAILED_TURN, 10, 10, List.of(FAILED), List.of(0), "[err:500] boom"),
          Arguments.of(FORK_CHILD, 11, 34, List.of(COMPLETED), List.of(1), "after fork"),
          Arguments.of(
              "10_fork_parent__rollout-2026-11-22T12-46-02-01a2034a-c88f-7201-a48b-6b0f632e3eb2",
              23,
              23,
              List.of(COMPLETED, COMPLETED),
              List.of(1, 1),
              "before fork 1"),
          Arguments.of(
              LEGACY, 29, 29, List.of(COMPLETED, COMPLETED), List.of(1, 2), "legacy chat [reason]"),
          Arguments.of(
              "12_compacted__rollout-2026-11-22T12-46-03-01a2034a-cba3-75a1-8a6b-a430d9adfe97",
              35,
              35,
              List.of(COMPLETED, COMPLETED, COMPLETED),
              List.of(1, 1, 1),
              "to be compacted"),
          Arguments.of(
              "15_archived__rollout-2026-11-22T12-46-03-01a2034a-ce16-7723-badc-6ad378d9d798",
              14,
              14,
              List.of(COMPLETED),
              List.of(1),
              "will be archived"),
          Arguments.of(
              "17_exec_resumed__rollout-2026-11-22T12-50-36-01a2034e-f752-7c71-934a-382ce0649445",
              33,
              33,
              List.of(COMPLETED, COMPLETED),
              List.of(2, 1),
              "exec json first [reason] [tool:echo exec-tool]"));

  @ParameterizedTest
  @FieldSource("SAMPLES")
  void aSampleHasTheExpectedItemsTurnsAndPreview(
      String name,
      int items,
      int nextOrdinal,
      List<TurnStatus> turns,
      List<Integer> responses,
      String preview)
      throws IOException {
    var facts = facts(name);

    assertThat(facts.itemCount()).isEqualTo(items);
    assertThat(facts.nextOrdinal()).isEqualTo(nextOrdinal);
    assertThat(facts.turns()).extracting(TurnFacts::status).isEqualTo(turns);
    assertThat(facts.turns())
        .map(turn -> turn.usage() == null ? null : turn.usage().toString())
        .isEqualTo(responses.stream().map(CodexSamplesTest::usage).toList());
    assertThat(facts.ownUsage().json())
        .isEqualTo(usage(responses.stream().mapToInt(Integer::intValue).sum()));
    assertThat(facts.model()).isEqualTo("gpt-5.1-codex");
    assertThat(facts.preview()).isEqualTo(preview);
    assertThat(facts.unreadable()).isZero();
    assertThat(facts.holes()).isEmpty();
    assertThat(facts.meta().id()).isEqualTo(thread(name));
  }

  /// So that whoever follows a rollout while it grows knows what a reader of the whole knows.
  @ParameterizedTest
  @MethodSource("names")
  void readingFurtherEqualsReadingFromTheStart(String name) throws IOException {
    IncrementalFoldCheck.onEveryPrefix(thread(name), lines(name));
  }

  @ParameterizedTest
  @MethodSource("names")
  void aSampleIsReadyForAppendsAsItIs(String name) throws IOException {
    var sample = sample(name);
    var store = TestRollouts.in(directory);
    var held = store.holding(sample);
    var ref = store.rollouts().ref(thread(name), held.name());

    var tail = store.rollouts().prepareForAppend(ref);

    assertThat(tail.size()).isEqualTo(sample.length);
    assertThat(held.path()).hasBinaryContent(sample);
  }

  @Test
  void theFirstLineIdentifiesTheThread() throws IOException {
    var meta = facts(PLAIN).meta();

    assertThat(meta.createdAt()).isEqualTo("2026-11-22T12:45:58.627Z");
    assertThat(meta.options().cwd()).isEqualTo("/home/dev/project");
    assertThat(meta.options().source()).isEqualTo("vscode");
    assertThat(meta.options().modelProvider()).isEqualTo("fake");
    assertThat(meta.options().cliVersion()).isEqualTo("0.169.0");
    assertThat(meta.options().name()).isNull();
    assertThat(meta.lineage().forkedFrom()).isNull();
  }

  @Test
  void aForkNamesItsParent() throws IOException {
    assertThat(facts(FORK_CHILD).meta().lineage().forkedFrom())
        .isEqualTo(ThreadId.parse("01a2034a-c88f-7201-a48b-6b0f632e3eb2"));
  }

  @Test
  void aTurnKnowsItsFirstAndLastOrdinal() throws IOException {
    var turn = facts(FAILED_TURN).turns().getFirst();

    assertThat(turn.id()).hasToString("01a2034a-c7d2-7491-ac0f-1dfc6d025870");
    assertThat(turn.firstOrdinal()).isEqualTo(1);
    assertThat(turn.lastOrdinal()).isEqualTo(9);
    assertThat(turn.itemCount()).isEqualTo(9);
    assertThat(turn.completedAt()).isAfter(turn.startedAt());
    assertThat(turn.own()).isFalse();
    assertThat(Objects.requireNonNull(turn.error()).toString())
        .startsWith("{\"message\":")
        .contains("internal_server_error");
  }

  /// What the provider of the samples counts for each response.
  private static @Nullable String usage(int responses) {
    return responses == 0
        ? null
        : """
        {"cache_write_input_tokens":0,"cached_input_tokens":%d,"input_tokens":%d,\
        "output_tokens":%d,"reasoning_output_tokens":%d,"total_tokens":%d}\
        """
            .formatted(
                10 * responses, 100 * responses, 20 * responses, 5 * responses, 120 * responses);
  }

  static Stream<String> names() {
    return SAMPLES.stream().map(sample -> (String) sample.get()[0]);
  }

  private ThreadFacts facts(String name) throws IOException {
    var store = TestRollouts.in(directory);
    try (var reader = store.rollouts().read(store.holding(sample(name)))) {
      return HistoryFold.read(thread(name), reader, Instant.EPOCH).orElseThrow();
    }
  }

  private List<RolloutLine> lines(String name) throws IOException {
    var store = TestRollouts.in(directory);
    try (var reader = store.rollouts().read(store.holding(sample(name)))) {
      return CodexRolloutBuilder.all(reader);
    }
  }

  private static ThreadId thread(String name) {
    return ThreadId.parse(name.substring(name.length() - 36));
  }

  private static byte[] sample(String name) throws IOException {
    try (var in = CodexSamplesTest.class.getResourceAsStream("/samples/" + name + ".jsonl")) {
      return Objects.requireNonNull(in, name).readAllBytes();
    }
  }
}
