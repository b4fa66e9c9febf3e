package dev.rollbook.projection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.text.RawJson;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.assertj.core.api.recursive.comparison.RecursiveComparisonConfiguration;

/// Checks that folding line by line gives, at every line, the same facts as folding all lines up to
/// it.
final class IncrementalFoldCheck {
  private IncrementalFoldCheck() {}

  static void onEveryPrefix(ThreadId thread, List<RolloutLine> lines) {
    onEveryPrefix(lines, () -> HistoryFold.of(thread, Instant.EPOCH));
  }

  static void onEveryPrefix(List<RolloutLine> lines, Supplier<HistoryFold> fold) {
    var growing = fold.get();
    var seen = new TreeMap<TurnId, TurnFacts>(Comparator.comparing(TurnId::value));
    for (int end = 1; end <= lines.size(); end++) {
      growing.add(lines.get(end - 1));
      take(growing, seen);
      var anew = fold.get();
      lines.subList(0, end).forEach(anew::add);
      assertSame(growing, anew, seen);
    }
  }

  /// Turns are told in their order, and none without need.
  private static void take(HistoryFold fold, Map<TurnId, TurnFacts> seen) {
    var changed = fold.takeChangedTurns();
    assertThat(changed).isSortedAccordingTo(Comparator.comparingLong(TurnFacts::firstOrdinal));
    changed.forEach(turn -> seen.put(turn.id(), turn));
    assertThat(fold.takeChangedTurns()).isEmpty();
  }

  private static void assertSame(
      HistoryFold growing, HistoryFold anew, Map<TurnId, TurnFacts> seen) {
    var facts = anew.facts(0);
    assertThat(growing.facts(0)).usingRecursiveComparison(json()).isEqualTo(facts);
    var turns = new ArrayList<>(seen.values());
    turns.sort(Comparator.comparingLong(TurnFacts::firstOrdinal));
    facts.ifPresent(
        found -> assertThat(turns).usingRecursiveComparison(json()).isEqualTo(found.turns()));
  }

  private static RecursiveComparisonConfiguration json() {
    return RecursiveComparisonConfiguration.builder()
        .withEqualsForType(RawJson::sameBytes, RawJson.class)
        .build();
  }
}
