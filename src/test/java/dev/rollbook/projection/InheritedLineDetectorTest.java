package dev.rollbook.projection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.access.Owner;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.line.RolloutLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Lines copied from a parent are distinguished from the thread's own lines.
class InheritedLineDetectorTest {
  private static final ThreadId PARENT = ThreadId.parse("01999990-0000-7000-8000-00000000000f");
  private static final ThreadId GRANDPARENT =
      ThreadId.parse("01999980-0000-7000-8000-00000000000e");
  private static final String FORKED = ",\"forked_from_id\":\"" + PARENT + "\"";
  private static final String SPAWNED =
      ",\"source\":{\"subagent\":{\"thread_spawn\":{\"parent_thread_id\":\"%s\",\"depth\":1}}}"
          .formatted(PARENT);

  @TempDir Path directory;
  private @Nullable CodexRolloutBuilder parent;

  @ParameterizedTest
  @ValueSource(strings = {"t-%d", "01a1%04d-0000-7000-8000-000000000000"})
  void turnsKnownToTheParentAreInherited(String name) throws IOException {
    parent = turns(in("parent", ""), name, 1, 3);

    for (var members : new String[] {FORKED, SPAWNED, FORKED + SPAWNED}) {
      var child = turns(turns(in("child", members), name, 1, 2), name, 7, 7);

      assertUsage(facts(child), 10, 20);
      assertThat(facts(child).inheritedThrough()).isEqualTo(6);
    }
  }

  @Test
  void aForkWithoutTurnsOfItsOwnUsedNothing() throws IOException {
    parent = turns(in("parent", ""), "t-%d", 1, 3);
    var fork = turns(in("child", FORKED).line("session_meta", meta(PARENT)), "t-%d", 1, 3);

    assertUsage(facts(fork), null, 30);
    assertThat(facts(fork).updatedAt()).isEqualTo(CodexRolloutBuilder.START);
  }

  @Test
  void withoutTheParentNothingIsKnownToBeInherited() throws IOException {
    var child = turns(turns(in("child", FORKED), "t-%d", 1, 2), "t-%d", 7, 7);

    assertUsage(facts(child), 30, null);
  }

  @Test
  void turnIdsOlderThanTheThreadAreInheritedWithoutItsParent() throws IOException {
    var old = "0199998%d-0000-7000-8000-000000000000";
    var child = turns(turns(in("child", FORKED), old, 1, 2), "0199999a-0000-7000-8000-%012d", 7, 7);

    assertUsage(facts(child), 10, 20);
  }

  @Test
  void linesOlderThanTheThreadAreInheritedWithoutItsParent() throws IOException {
    var later =
        ",\"forked_from_id\":\"%s\",\"timestamp\":\"2025-10-01T12:00:04.500Z\"".formatted(PARENT);
    var child = turns(turns(in("child", later), "t-%d", 1, 2), "t-%d", 7, 7);

    // The second turn begins at 12:00:04, the third at 12:00:07.
    assertUsage(facts(child), 10, 20);
  }

  @Test
  void aLaterSessionMetaOfAnotherThreadNamesTheParent() throws IOException {
    parent = turns(in("parent", ""), "t-%d", 1, 2);
    var child = in("child", "").line("session_meta", meta(PARENT));
    child = turns(turns(child.line("session_meta", meta(GRANDPARENT)), "t-%d", 1, 2), "t-%d", 7, 7);

    assertThat(facts(child).meta().lineage().forkedFrom()).isEqualTo(PARENT);
    assertUsage(facts(child), 10, 20);
  }

  @Test
  void aSessionMetaOfTheThreadOrAfterItsFirstTurnNamesNoParent() throws IOException {
    var again = in("again", "").line("session_meta", meta(CodexRolloutBuilder.thread()));
    assertThat(facts(turns(again, "t-%d", 1, 1)).inheritedThrough()).isEqualTo(-1);

    var late = turns(in("late", ""), "t-%d", 1, 1).line("session_meta", meta(PARENT));
    assertThat(facts(late).inheritedThrough()).isEqualTo(-1);
    assertThat(facts(late).meta().lineage().forkedFrom()).isNull();
  }

  @Test
  void aSessionMetaSentByAClientIsAnItem() throws IOException {
    parent = turns(in("parent", ""), "t-%d", 1, 1);
    var own = in("own", ",\"originator\":\"rollbook\"").line("session_meta", meta(PARENT));

    assertThat(facts(turns(own, "t-%d", 1, 1)).inheritedThrough()).isEqualTo(-1);
    assertThat(facts(own).meta().lineage().forkedFrom()).isNull();
  }

  @Test
  void withoutTurnMarkersUserMessagesIdentifyCopiedLines() throws IOException {
    parent = said(said(said(in("parent", ""), "plan"), "go on"), "thanks");
    var child = said(said(said(forkedLater(), "plan"), "go on"), "something else");

    assertUsage(facts(child), 10, 20);
    assertUsage(facts(said(said(forkedLater(), "plan anew"), "go on")), 20, null);
  }

  @Test
  void messagesOfTheParentAfterTheForkAreNotInherited() throws IOException {
    parent = said(in("parent", ""), "plan");
    parent.line("event_msg", "{\"type\":\"note\"}");
    parent = said(parent, "yes");
    var early =
        ",\"forked_from_id\":\"%s\",\"timestamp\":\"2025-10-01T12:00:01.000Z\"".formatted(PARENT);

    assertUsage(facts(said(said(in("child", early), "plan"), "yes")), 10, 10);
  }

  @Test
  void aSubagentOfAPaginatedThreadNamesItsFirstOwnOrdinal() throws IOException {
    var members = SPAWNED + ",\"history_mode\":\"paginated\",\"subagent_history_start_ordinal\":4";
    var child = turns(turns(in("child", members), "t-%d", 1, 1), "t-%d", 7, 7);

    assertUsage(facts(child), 10, 10);
    assertThat(facts(child).inheritedThrough()).isEqualTo(3);
    var withMeta = in("meta", members).line("session_meta", meta(PARENT)).event("note", "");
    assertThat(facts(withMeta.event("note", "").event("note", "")).inheritedThrough()).isEqualTo(3);
    var cut = in("cut", members.replace(":4", ":4000000000"));
    assertThat(facts(cut).nextOrdinal()).isEqualTo(1);
    assertThat(facts(cut).holes()).isEmpty();
  }

  /// The parent has the reviewer's turn too, but only its frame.
  @Test
  void theTurnOfAReviewIsItsOwnEvenIfItsParentHasIt() throws IOException {
    parent = turns(in("parent", ""), "t-%d", 1, 1);
    var review =
        in(
            "review",
            ",\"source\":{\"subagent\":\"review\"},\"parent_thread_id\":\"%s\"".formatted(PARENT));

    assertUsage(facts(turns(review, "t-%d", 1, 1)), 10, null);
  }

  @Test
  void inheritedLinesStayInheritedWithoutTheParent() throws IOException {
    var child = turns(turns(in("child", FORKED), "t-%d", 1, 2), "t-%d", 7, 7);

    var fold =
        HistoryFold.of(CodexRolloutBuilder.thread(), Instant.EPOCH, ParentHistory.Finder.NONE, 6);
    child.lines().forEach(fold::add);

    assertUsage(fold.facts(0).orElseThrow(), 10, 20);
  }

  /// The same however much of the file is there already.
  private ThreadFacts facts(CodexRolloutBuilder file) throws IOException {
    var lines = file.lines();
    IncrementalFoldCheck.onEveryPrefix(lines, this::fold);
    var fold = fold();
    lines.forEach(fold::add);
    return fold.facts(0).orElseThrow();
  }

  private HistoryFold fold() {
    return HistoryFold.of(
        CodexRolloutBuilder.thread(), Instant.EPOCH, this::find, RolloutLine.NO_ORDINAL);
  }

  private Optional<ParentHistory> find(ThreadId thread, Owner child) {
    return parent != null && thread.equals(PARENT)
        ? Optional.of(parent.asParent())
        : Optional.empty();
  }

  private CodexRolloutBuilder in(String name, String members) throws IOException {
    return CodexRolloutBuilder.in(Files.createTempDirectory(directory, name), members);
  }

  /// A fork that begins behind all lines of its parent.
  private CodexRolloutBuilder forkedLater() throws IOException {
    var file = in("child", FORKED + ",\"timestamp\":\"2025-10-01T12:00:10.000Z\"");
    for (int line = 1; line < 10; line++) {
      file.event("note", "");
    }
    return file;
  }

  private static String meta(ThreadId thread) {
    return "{\"id\":\"%s\",\"timestamp\":\"2025-09-01T12:00:00Z\"}".formatted(thread);
  }

  /// Each is three lines and uses 10.
  private static CodexRolloutBuilder turns(
      CodexRolloutBuilder file, String name, int from, int to) {
    for (int n = from; n <= to; n++) {
      var id = CodexTurnsTest.id(name.formatted(n));
      file.event("task_started", id)
          .line("token_usage_record", "{\"usage\":{\"n\":10}%s}".formatted(id))
          .event("task_complete", id);
    }
    return file;
  }

  private static CodexRolloutBuilder said(CodexRolloutBuilder file, String message) {
    return file.event("user_message", ",\"message\":\"%s\"".formatted(message))
        .line("token_usage_record", "{\"usage\":{\"n\":10}}");
  }

  private static void assertUsage(
      ThreadFacts facts, @Nullable Integer own, @Nullable Integer inherited) {
    assertThat(facts.ownUsage().json()).isEqualTo(own == null ? null : "{\"n\":" + own + "}");
    assertThat(facts.inheritedUsage().json())
        .isEqualTo(inherited == null ? null : "{\"n\":" + inherited + "}");
  }
}
