package dev.rollbook.operating;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.Test;

/// Whoever is on call finds what to do about each alert.
class RunbookTest {
  private static final ManualPage RUNBOOK = RepositoryFiles.page("runbook.md");

  @Test
  void everyAlertPointsToItsSectionOfTheRunbook() {
    assertThat(AlertRule.all()).hasSize(11);
    for (var alert : AlertRule.all()) {
      assertThat(alert.severity()).as(alert.name()).isIn("warning", "critical");
      assertThat(alert.annotations().keys())
          .as(alert.name())
          .containsExactly("summary", "description", "runbook_url");
      assertThat(alert.annotations().at("runbook_url").text())
          .isEqualTo("src/docs/runbook.md#" + alert.name().toLowerCase(Locale.ROOT));
      assertThat(RUNBOOK.section("## " + alert.name()))
          .as(alert.name())
          .containsSubsequence("- **Means:**", "- **Look at:**", "- **Do:**");
    }
  }

  @Test
  void theRunbookHasNoSectionOfAnAlertThatDoesNotExist() {
    var names = AlertRule.all().stream().map(AlertRule::name).toList();

    assertThat(RUNBOOK.headings(2)).filteredOn(name -> name.startsWith("Roll")).isEqualTo(names);
  }
}
