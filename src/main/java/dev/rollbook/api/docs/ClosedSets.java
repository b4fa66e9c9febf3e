package dev.rollbook.api.docs;

import dev.rollbook.event.Event.ThreadClosed.How;
import dev.rollbook.imports.ImportStatus;
import dev.rollbook.model.PersistencePolicy;
import dev.rollbook.model.ResumeFailure;
import dev.rollbook.model.SkipReason;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.projection.ThreadKind;
import dev.rollbook.thread.ThreadView;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/// The words that a member can have where they are a closed set: those of the code, so that the
/// description never lacks one.
final class ClosedSets {
  private static final Map<String, List<String>> OF_THE_CODE =
      Map.of(
          "SkipReason", words(SkipReason.values(), SkipReason::wireName),
          "ResumeFailure", words(ResumeFailure.values(), ResumeFailure::wireName),
          "TurnStatus", words(TurnStatus.values(), TurnStatus::wireName),
          "ThreadStatus", words(ThreadView.Status.values(), ThreadView.Status::wireName),
          "ThreadKind", words(ThreadKind.values(), ThreadKind::wireName),
          "PersistencePolicy", words(PersistencePolicy.values(), PersistencePolicy::wireName),
          "ImportStatus", words(ImportStatus.values(), ImportStatus::wireName),
          "HowClosed", words(How.values(), how -> how.name().toLowerCase(Locale.ROOT)));

  private final Problems problems;

  ClosedSets(Problems problems) {
    this.problems = problems;
  }

  List<String> words(String name) {
    return switch (name) {
      case "ProblemCode" -> problems.codes();
      case "Recovery" -> problems.recoveries();
      default -> ofTheCode(name);
    };
  }

  private static List<String> ofTheCode(String name) {
    var words = OF_THE_CODE.get(name);
    if (words == null) {
      throw new IllegalStateException("openapi: no closed set is called " + name);
    }
    return words;
  }

  private static <E> List<String> words(E[] all, Function<E, String> word) {
    return Arrays.stream(all).map(word).toList();
  }
}
