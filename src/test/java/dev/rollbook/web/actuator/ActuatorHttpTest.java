package dev.rollbook.web.actuator;

import static dev.rollbook.http.RollbookClient.expect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.HttpTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Meters and build information of the actuator.
class ActuatorHttpTest extends HttpTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "rollout_persistence_last_skip_seconds",
        "rollout_append_seconds_bucket{outcome=\"persisted\"",
        "rollout_append_seconds_bucket{outcome=\"skipped\"",
        "rollout_items_persisted_total",
        "rollout_bytes_written_total",
        "rollout_files_open",
        "rollout_gaps_open",
        "rollout_append_seconds_bucket{outcome=\"persisted\",le=\"1.0E-5\"}",
        "threads_live",
        "turns_active",
        "events_subscribers",
        "events_lagged_total",
        "http_body_memory",
        "http_refused_total{reason=\"memory\"}",
        "search_queries_seconds_count",
        "search_index_documents",
        "search_index_behind",
        "reconcile_threads_total{result=\"unchanged\"",
        "reconcile_threads_total{result=\"rollout_missing\"",
        "threads_resumed_total{outcome=\"failed\",reason=\"thread_archived\"}"
      })
  void everyMeterIsExposedFromTheStart(String meter) {
    assertThat(client.get("/actuator/prometheus").text()).contains("\n" + meter);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "recorder_removed",
        "rollout_missing",
        "thread_not_found",
        "writer_shutting_down",
        "storage_full",
        "storage_failed"
      })
  void everyReasonIsCountedFromTheStart(String reason) {
    assertThat(client.get("/actuator/prometheus").text())
        .contains("\nrollout_persistence_skipped_total{reason=\"" + reason + "\"}")
        .contains("\nrollout_persistence_skipped_items_total{reason=\"" + reason + "\"}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rollout.persistence.skipped",
        "rollout.persistence.skipped.items",
        "rollout.persistence.last.skip",
        "rollout.append",
        "rollout.items.persisted",
        "rollout.bytes.written",
        "rollout.files.open",
        "rollout.gaps.open",
        "threads.live",
        "turns.active",
        "events.subscribers",
        "events.lagged",
        "http.body.memory",
        "http.refused",
        "search.queries",
        "search.index.documents",
        "search.index.behind",
        "reconcile.threads",
        "threads.resumed"
      })
  void everyMeterHasADescriptionAndAUnit(String meter) {
    var about = expect(200, client.get("/actuator/metrics/" + meter));

    assertThat(about.at("description")).isNotBlank();
    assertThat(about.at("baseUnit")).isNotBlank();
  }

  @Test
  void infoReportsTheBuild() {
    var info = expect(200, client.get("/actuator/info"));

    assertThat(info.at("build", "artifact")).isEqualTo("rollbook");
    assertThat(info.at("git", "commit", "id")).isNotBlank();
  }

  @Test
  void diskMetersAreThoseOfTheDataDir() {
    assertThat(client.get("/actuator/prometheus").text())
        .contains("\ndisk_free_bytes{path=\"" + dataDir().toAbsolutePath() + "\"}");
  }

  @Test
  void noThreadIdIsAMeterTag() {
    var thread = client.startThread();

    assertThat(client.get("/actuator/prometheus").text()).doesNotContain(thread);
  }
}
