package dev.rollbook.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.datadir.DataDir;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Names are held in little memory, and come out as they are.
class RolloutCatalogTest {
  private static final DataDir DATA_DIR = new DataDir(Path.of("target/data"));
  private static final ThreadId ONE = ThreadId.parse("01a20400-0000-7000-8000-00000000000a");
  private static final ThreadId OTHER = ThreadId.parse("01a20400-0000-7000-8000-00000000000b");
  private static final String EARLY = name("sessions/2026/11/20/", "2026-11-20T10-00-00", ONE);
  private static final String LATE = name("sessions/2026/11/21/", "2026-11-21T09-00-00", OTHER);
  private static final String ARCHIVED = name("archived_sessions/", "2026-11-22T09-00-00", OTHER);

  @Test
  void newestRolloutsComeFirstAndArchivedOnesLast() {
    var names = names(EARLY, ARCHIVED, LATE);

    assertThat(names.size()).isEqualTo(3);
    assertThat(names.newestFirst(0, 99))
        .extracting(RolloutRef::name)
        .containsExactly(LATE, EARLY, ARCHIVED);
    assertThat(names.newestFirst(1, 2)).extracting(RolloutRef::name).containsExactly(EARLY);
    assertThat(names.newestFirst(3, 9)).isEmpty();
  }

  @Test
  void allFilesOfAThreadAreFoundByItsId() {
    var names = names(EARLY, ARCHIVED, LATE);

    assertThat(names.of(OTHER)).extracting(RolloutRef::name).containsExactly(LATE, ARCHIVED);
    assertThat(names.of(ONE)).containsExactly(ref(EARLY));
    assertThat(names.of(ThreadId.next())).isEmpty();
    assertThat(RolloutCatalog.NONE.of(ONE)).isEmpty();
  }

  /// The digits of a name need not be a time, and its id may be in capitals.
  @Test
  void nonStandardFileNamesAreKept() {
    var capitals =
        name("sessions/", "2026-11-20T10-00-00", ONE)
            .replace(ONE.toString(), ONE.toString().toUpperCase(Locale.ROOT));
    var noTime = name("sessions/0000/99/", "0000-99-99T99-99-99", OTHER);

    var names = names(capitals, noTime);

    assertThat(names.newestFirst(0, 2)).containsExactly(ref(capitals), ref(noTime));
  }

  private static RolloutCatalog names(String... names) {
    return RolloutCatalog.of(Arrays.stream(names).map(RolloutCatalogTest::ref), DATA_DIR);
  }

  private static RolloutRef ref(String name) {
    var path = DATA_DIR.resolve(name);
    return Stream.of(path)
        .map(DataDir::threadOf)
        .findFirst()
        .orElseThrow()
        .map(thread -> new RolloutRef(thread, name, path))
        .orElseThrow();
  }

  private static String name(String directory, String time, ThreadId thread) {
    return directory + "rollout-" + time + "-" + thread + ".jsonl";
  }
}
