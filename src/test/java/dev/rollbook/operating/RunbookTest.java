package dev.rollbook.operating;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/// Who is woken by an alert finds what to do.
class RunbookTest {
  @Test
  void everyAlertSaysWhatItIsAndPointsToItsSectionOfTheManual() {
    assertThat(Alert.all()).hasSize(5);
    for (var alert : Alert.all()) {
      assertThat(alert.severity()).as(alert.name()).isIn("warning", "critical");
      assertThat(alert.annotations().keys())
          .as(alert.name())
          .containsExactly("summary", "description", "runbook_url");
      assertThat(alert.annotations().at("runbook_url").text())
          .isEqualTo("src/docs/runbook.md#" + alert.name().toLowerCase(Locale.ROOT));
      assertThat(section(alert.name()))
          .as(alert.name())
          .containsSubsequence("- **Means:**", "- **Look at:**", "- **Do:**");
    }
  }

  @Test
  void theManualHasNoSectionOfAnAlertThatIsNotThere() {
    var names = Alert.all().stream().map(Alert::name).toList();

    assertThat(headings()).filteredOn(name -> name.startsWith("Roll")).isEqualTo(names);
  }

  private static List<String> headings() {
    return Sources.page("runbook.md")
        .lines()
        .filter(line -> line.startsWith("## "))
        .map(line -> line.substring(3))
        .toList();
  }

  private static String section(String heading) {
    return Sources.page("runbook.md")
        .lines()
        .dropWhile(line -> !line.equals("## " + heading))
        .skip(1)
        .takeWhile(line -> !line.startsWith("## "))
        .reduce("", (text, line) -> text + line + "\n");
  }
}
