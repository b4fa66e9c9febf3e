package dev.rollbook.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.model.ResumeFailure;
import dev.rollbook.model.SkipReason;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.text.RawJson;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Each event has the members that the API promises, in their order.
class SseEncoderTest {
  private static final ThreadId THREAD = ThreadId.parse("0199a000-0000-7000-8000-000000000001");
  private static final TurnId TURN = TurnId.parse("0199a000-0000-7000-8000-000000000002");
  private static final UUID GAP = UUID.fromString("0199a000-0000-7000-8000-000000000003");
  private static final Instant AT = Instant.parse("2026-11-30T05:00:00Z");
  private static final String TIME = "\"at\":\"2026-11-30T05:00:00.000Z\"";

  static Stream<Arguments> events() {
    return Stream.of(
        Arguments.of(
            new Event.TurnStarted(THREAD, TURN),
            "event: turn/started\ndata: {%s,%s,%s}".formatted(thread(), turn(), TIME)),
        Arguments.of(
            new Event.TurnCompleted(
                THREAD, TURN, TurnStatus.FAILED, RawJson.of("{\"b\": 1,\"a\":1.50}"), null),
            "event: turn/completed\ndata: {%s,%s,%s,%s}"
                .formatted(
                    thread(),
                    turn(),
                    "\"status\":\"failed\",\"error\":{\"b\": 1,\"a\":1.50},\"usage\":null",
                    TIME)),
        Arguments.of(
            new Event.ThreadStarted(THREAD),
            "event: thread/started\ndata: {%s,%s}".formatted(thread(), TIME)),
        Arguments.of(
            new Event.ResumeFailed(THREAD, THREAD, ResumeFailure.ROLLOUT_MISSING, "is \"missing\""),
            "event: thread/resumeFailed\ndata: {%s,\"requestedId\":\"%s\",%s,%s}"
                .formatted(
                    thread(),
                    THREAD,
                    "\"reason\":\"rollout_missing\",\"message\":\"is \\\"missing\\\"\"",
                    TIME)),
        Arguments.of(
            new Event.NameUpdated(THREAD, null),
            "event: thread/name/updated\ndata: {%s,\"name\":null,%s}".formatted(thread(), TIME)),
        Arguments.of(
            new Event.ThreadClosed(THREAD, Event.ThreadClosed.How.SHUTDOWN),
            "event: thread/closed\ndata: {%s,\"how\":\"shutdown\",%s}".formatted(thread(), TIME)),
        Arguments.of(
            new Event.ThreadReverted(THREAD, 4),
            "id: 4\nevent: thread/reverted\ndata: {%s,\"lastOrdinal\":4,%s}"
                .formatted(thread(), TIME)),
        Arguments.of(
            new Event.PersistenceSkipped(
                THREAD, null, 3, 5, SkipReason.STORAGE_FULL, "no space", GAP, true),
            "event: persistence/skipped\ndata: {%s,\"turnId\":null,%s,%s,\"gapId\":\"%s\",%s,%s}"
                .formatted(
                    thread(),
                    "\"firstOrdinal\":3,\"lastOrdinal\":5",
                    "\"reason\":\"storage_full\",\"message\":\"no space\"",
                    GAP,
                    "\"pending\":true",
                    TIME)),
        Arguments.of(
            new Event.PersistenceRepaired(THREAD, GAP, 3, 5),
            "event: persistence/repaired\ndata: {%s,\"gapId\":\"%s\",%s,%s}"
                .formatted(thread(), GAP, "\"firstOrdinal\":3,\"lastOrdinal\":5", TIME)),
        Arguments.of(
            new Event.Gap(THREAD, null, null, 3, 5, null, false),
            "id: 5\nevent: gap\ndata: {%s,\"gapId\":null,\"turnId\":null,%s,\"reason\":null}"
                .formatted(thread(), "\"firstOrdinal\":3,\"lastOrdinal\":5")),
        Arguments.of(
            new Event.Gap(THREAD, GAP, null, 3, 5, "storage_full", true),
            "event: gap\ndata: {%s,\"gapId\":\"%s\",\"turnId\":null,%s,\"reason\":\"storage_full\"}"
                .formatted(thread(), GAP, "\"firstOrdinal\":3,\"lastOrdinal\":5")));
  }

  @ParameterizedTest
  @MethodSource("events")
  void anEventHasItsMembersInOrder(Event event, String text) {
    assertThat(encoded(event, AT)).isEqualTo(text + "\n\n");
  }

  @Test
  void anUnknownTimeIsNull() {
    assertThat(encoded(new Event.Archived(THREAD), null))
        .isEqualTo("event: thread/archived\ndata: {%s,\"at\":null}\n\n".formatted(thread()));
  }

  @Test
  void eachItemIsAnEventWithTheBytesOfItsLine() {
    var items =
        new Event.ItemsAppended(
            THREAD, 7, List.of(RawJson.of("{\"a\": 1}"), RawJson.of("{}")), true, null, null);

    assertThat(encoded(items, null))
        .isEqualTo(
            item(7, "\"persisted\":true", "{\"a\": 1}") + item(8, "\"persisted\":true", "{}"));
  }

  @Test
  void aSkippedItemSaysWhy() {
    var items =
        new Event.ItemsAppended(
            THREAD, 7, List.of(RawJson.of("{}")), false, SkipReason.STORAGE_FULL, GAP);

    assertThat(encoded(items, null))
        .isEqualTo(
            item(
                    7,
                    "\"persisted\":false,\"reason\":\"storage_full\",\"gapId\":\"%s\""
                        .formatted(GAP),
                    "{}")
                .replace("id: 7\n", ""));
  }

  @Test
  void aStreamOfAllThreadsLagsWithoutAnOrdinal() {
    assertThat(new String(SseEncoder.lagged(null, null), StandardCharsets.UTF_8))
        .isEqualTo("event: stream/lagged\ndata: {\"threadId\":null,\"lastOrdinal\":null}\n\n");
  }

  @Test
  void theEndOfACredentialHasTheLastOrdinal() {
    assertThat(new String(SseEncoder.credentialExpired(THREAD, 7L), StandardCharsets.UTF_8))
        .isEqualTo(
            "event: stream/ended\ndata: {%s,\"lastOrdinal\":7,\"reason\":\"credential_expired\"}\n\n"
                .formatted(thread()));
  }

  private static String item(long ordinal, String outcome, String line) {
    return "id: %d\nevent: item/appended\ndata: {%s,\"ordinal\":%d,%s,\"item\":%s}\n\n"
        .formatted(ordinal, thread(), ordinal, outcome, line);
  }

  private static String encoded(Event event, @Nullable Instant at) {
    return new String(SseEncoder.of(event, at), StandardCharsets.UTF_8);
  }

  private static String thread() {
    return "\"threadId\":\"" + THREAD + "\"";
  }

  private static String turn() {
    return "\"turnId\":\"" + TURN + "\"";
  }
}
