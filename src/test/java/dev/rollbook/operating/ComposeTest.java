package dev.rollbook.operating;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

/// Checks the compose file without a container engine.
class ComposeTest {
  private static final Path DOCKERFILE = Path.of("Dockerfile");

  private final YamlNode compose = RepositoryFiles.yaml(Path.of("docker-compose.yml"));

  @Test
  void noPortIsReachableFromOtherMachines() {
    forEachService((name, service) -> {
      assertThat(service.at("ports").texts())
          .as(name)
          .allMatch(port -> port.startsWith("127.0.0.1:"));
      assertThat(service.at("network_mode").text()).as(name).isNotEqualTo("host");
    });
  }

  @Test
  void everyServiceHasAHealthCheckAndIsRestarted() {
    forEachService((name, service) -> {
      if (!ends(name)) {
        boolean ofItsImage =
            service.at("build").exists()
                && RepositoryFiles.text(DOCKERFILE).contains("\nHEALTHCHECK ");
        assertThat(ofItsImage || service.at("healthcheck", "test").exists()).as(name).isTrue();
        assertThat(service.at("restart").text()).as(name).isEqualTo("unless-stopped");
      }
      assertThat(service.at("security_opt").texts())
          .as(name)
          .containsExactly("no-new-privileges:true");
    });
  }

  @Test
  void everyPulledImageHasAReleaseTag() {
    forEachService((name, service) -> {
      if (!service.at("build").exists()) {
        assertThat(service.at("image").text()).as(name).matches(".+:v?\\d[\\w.-]*");
      }
    });
  }

  @Test
  void everyMountIsAFileOfTheRepositoryOrAVolume() {
    forEachService((name, service) ->
        service
            .at("volumes")
            .texts()
            .forEach(mount -> {
              var from = mount.split(":")[0];
              if (from.startsWith(".")) {
                assertThat(Path.of(from)).as(name).isDirectory();
                assertThat(mount).as(name).endsWith(":ro");
              } else {
                assertThat(compose.at("volumes").keys()).as(name).contains(from);
              }
            }));
  }

  @Test
  void everyDependencyIsAService() {
    forEachService((name, service) -> {
      var awaited = service.at("depends_on");
      assertThat(compose.at("services").keys())
          .as(name)
          .containsAll(awaited.keys().isEmpty() ? awaited.texts() : awaited.keys());
    });
  }

  @Test
  void noPasswordIsInTheFile() {
    forEachService((name, service) -> {
      assertThat(service.at("environment").keys())
          .as(name)
          .allMatch(key -> !key.contains("PASSWORD") || key.endsWith("_FILE"));
      assertThat(service.at("environment").texts())
          .as(name)
          .noneMatch(value -> value.contains("password="));
    });
  }

  @Test
  void theServiceRequiresTokensThatNoOtherServiceReads() {
    var service = compose.at("services", "rollbook");
    var file = Path.of(service.at("environment", "ROLLBOOK_SECURITY_TOKENSFILE").text());

    assertThat(service.at("volumes").texts()).contains("tokens:" + file.getParent() + ":ro");
    assertThat(compose.at("services", "tokens", "command", 0).text())
        .contains("--file=" + file, "/run/prometheus-token/token");
    assertThat(RepositoryFiles.text(DOCKERFILE) + compose).doesNotContain("ROLLBOOK_SECURITY_MODE");
    forEachService((name, other) -> {
      if (!name.startsWith("rollbook") && !name.equals("tokens")) {
        assertThat(other.at("volumes").texts()).as(name).noneMatch(it -> it.startsWith("tokens:"));
      }
    });
  }

  @Test
  void grafanaHasNoUsersAndIsReadOnly() {
    assertThat(compose.at("services", "grafana", "environment").value())
        .asInstanceOf(InstanceOfAssertFactories.map(String.class, String.class))
        .containsAllEntriesOf(
            Map.of(
                "GF_AUTH_ANONYMOUS_ENABLED", "true",
                "GF_AUTH_ANONYMOUS_ORG_ROLE", "Viewer",
                "GF_AUTH_BASIC_ENABLED", "false",
                "GF_AUTH_DISABLE_LOGIN_FORM", "true",
                "GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION", "true"));
  }

  @Test
  void mountsAreWhereTheConfigurationFilesExpectThem() {
    var services = compose.at("services");
    var provider =
        RepositoryFiles.yaml(
            RepositoryFiles.GRAFANA.resolve("provisioning/dashboards/rollbook.yml"));
    var target =
        RepositoryFiles.yaml(RepositoryFiles.PROMETHEUS.resolve("prometheus.yml"))
            .at("scrape_configs", 0, "static_configs", 0, "targets", 0);
    var tokenFile =
        RepositoryFiles.yaml(RepositoryFiles.PROMETHEUS.resolve("prometheus.yml"))
            .at("scrape_configs", 0, "authorization", "credentials_file");
    var datasource =
        RepositoryFiles.yaml(
            RepositoryFiles.GRAFANA.resolve("provisioning/datasources/prometheus.yml"));

    assertThat(services.at("grafana", "volumes").texts())
        .contains(
            "./"
                + RepositoryFiles.GRAFANA
                + "/dashboards:"
                + provider.at("providers", 0, "options", "path")
                + ":ro",
            "./" + RepositoryFiles.GRAFANA + "/provisioning:/etc/grafana/provisioning:ro");
    assertThat(services.at("prometheus", "volumes").texts())
        .contains(
            "./" + RepositoryFiles.PROMETHEUS + ":/etc/prometheus:ro",
            "prometheus-token:" + Path.of(tokenFile.text()).getParent() + ":ro");
    assertThat(target.text()).isEqualTo("rollbook:8080");
    assertThat(datasource.at("datasources", 0, "url").text()).isEqualTo("http://prometheus:9090");
    assertThat(services.keys()).contains("rollbook", "prometheus", "grafana");
  }

  @Test
  void theGracePeriodIsLongerThanAStop() {
    forEachService((name, service) -> {
      if (name.startsWith("rollbook")) {
        var given = service.at("stop_grace_period").text();
        assertThat(Duration.parse("PT" + given))
            .as(name)
            .isGreaterThan(ShutdownTimeouts.maxDuration());
      }
    });
  }

  @Test
  void theReplicasAreAlikeExceptForTheirAddressTheirPortAndTheirData() {
    assertThat(replicas()).hasSize(3);
    var first = normalised("rollbook-1");
    assertThat(replicas()).allSatisfy(name -> assertThat(normalised(name)).isEqualTo(first));

    var environment = compose.at("services", "rollbook-1", "environment");
    assertThat(environment.at("ROLLBOOK_CLUSTER_ADDRESS").text())
        .isEqualTo("http://rollbook-1:8080");
    assertThat(environment.at("ROLLBOOK_STORAGE").text()).isEqualTo("database");
    assertThat(environment.at("SPRING_DATASOURCE_URL").text()).contains("//cluster-db/");
  }

  @Test
  void onlyTheReplicasHaveTheirSecret() {
    assertThat(compose.at("services", "secret", "command", 0).text())
        .contains("/run/rollbook-cluster-secret/rollbook.cluster.secret");
    forEachService((name, service) -> {
      boolean has =
          service.at("volumes").texts().stream().anyMatch(it -> it.startsWith("cluster-secret:"));
      assertThat(has).as(name).isEqualTo(replicas().contains(name) || name.equals("secret"));
    });
    assertThat(compose.at("services", "rollbook-1", "environment", "SPRING_CONFIG_IMPORT").text())
        .contains("configtree:/run/rollbook-cluster-secret/");
  }

  @Test
  void nothingOfTheClusterStartsWithoutItsProfile() {
    forEachService((name, service) -> {
      boolean isOfCluster =
          replicas().contains(name) || name.equals("nginx") || name.equals("cluster-db");
      assertThat(service.at("profiles").texts())
          .as(name)
          .isEqualTo(isOfCluster ? List.of("cluster") : List.of());
    });
  }

  @Test
  void nginxAndPrometheusKnowTheReplicas() {
    var config = RepositoryFiles.text(Nginx.FILE);
    var command = compose.at("services", "nginx", "entrypoint").texts();
    var mount = "./%s:/etc/nginx/rollbook:ro".formatted(Nginx.FILE.getParent());

    replicas().forEach(name -> assertThat(config).contains("server " + name + ":8080 "));
    assertThat(command).contains("/etc/nginx/rollbook/" + Nginx.FILE.getFileName());
    assertThat(compose.at("services", "nginx", "volumes").texts()).containsExactly(mount);
    var scraped =
        RepositoryFiles.yaml(RepositoryFiles.PROMETHEUS.resolve("prometheus.yml"))
            .at("scrape_configs", 0, "dns_sd_configs", 0, "names")
            .texts();
    replicas()
        .forEach(name ->
            assertThat(compose.at("services", name, "networks", "default", "aliases").texts())
                .isEqualTo(scraped));
  }

  private List<String> replicas() {
    return compose.at("services").keys().stream()
        .filter(name -> name.startsWith("rollbook-"))
        .toList();
  }

  private String normalised(String replica) {
    var number = replica.substring("rollbook-".length());
    return compose
        .at("services", replica)
        .text()
        .replace(replica, "rollbook-N")
        .replace("data-" + number + ":", "data-N:")
        .replace("127.0.0.1:809" + number + ":", "127.0.0.1:809N:");
  }

  /// Whether dependents wait until it has exited, not until it is healthy.
  private boolean ends(String name) {
    return compose
        .at("services")
        .children()
        .anyMatch(service ->
            service
                .at("depends_on", name, "condition")
                .text()
                .equals("service_completed_successfully"));
  }

  private void forEachService(BiConsumer<String, YamlNode> check) {
    var services = compose.at("services");
    services.keys().forEach(name -> check.accept(name, services.at(name)));
  }
}
