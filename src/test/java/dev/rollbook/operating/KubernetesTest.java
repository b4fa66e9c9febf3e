package dev.rollbook.operating;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Checks the Kubernetes manifest against the image and the service.
class KubernetesTest {
  private static final Path FILE = Path.of("src/main/docker/kubernetes/rollbook.yml");

  private final List<YamlNode> documents = RepositoryFiles.yaml(RepositoryFiles.text(FILE));
  private final YamlNode set =
      documents.stream()
          .filter(one -> one.at("kind").text().equals("StatefulSet"))
          .findFirst()
          .orElseThrow();
  private final YamlNode pod = set.at("spec", "template", "spec");
  private final YamlNode container = pod.at("containers", 0);

  @Test
  void thereIsOneReplicaAndItsDataIsPersistent() {
    assertThat(set.at("spec", "replicas").number()).isEqualTo(1);
    assertThat(set.at("spec", "volumeClaimTemplates", 0, "metadata", "name").text())
        .isEqualTo("data");
    assertThat(mountPath("data")).isEqualTo("/data");
    assertThat(dockerfile()).contains("ROLLBOOK_DATA_DIR=" + mountPath("data"));
  }

  @Test
  void probesUseReadinessAndLivenessOfTheActuator() {
    assertThat(probe("startupProbe")).isEqualTo("/actuator/health/readiness");
    assertThat(probe("readinessProbe")).isEqualTo("/actuator/health/readiness");
    assertThat(probe("livenessProbe")).isEqualTo("/actuator/health/liveness");
    assertThat(container.at("ports", 0, "name").text()).isEqualTo("http");
    assertThat(container.at("ports", 0, "containerPort").number()).isEqualTo(8080);
  }

  @Test
  void itRunsAsTheUserOfTheImageOnAReadOnlyFileSystem() {
    assertThat(dockerfile()).contains("USER " + pod.at("securityContext", "runAsUser") + ":");
    assertThat(pod.at("securityContext", "runAsNonRoot").value()).isEqualTo(true);
    assertThat(pod.at("securityContext", "fsGroup"))
        .isEqualTo(pod.at("securityContext", "runAsUser"));
    var rights = container.at("securityContext");
    assertThat(rights.at("readOnlyRootFilesystem").value()).isEqualTo(true);
    assertThat(rights.at("allowPrivilegeEscalation").value()).isEqualTo(false);
    assertThat(rights.at("capabilities", "drop").texts()).containsExactly("ALL");
    assertThat(mountPath("tmp")).isEqualTo("/tmp");
    assertThat(container.at("resources", "limits", "memory").exists()).isTrue();
  }

  @Test
  void theServiceRequiresTheTokensOfASecret() {
    var file =
        container
            .at("env")
            .children()
            .filter(one -> one.at("name").text().equals("ROLLBOOK_SECURITY_TOKENSFILE"))
            .map(one -> Path.of(one.at("value").text()))
            .findFirst()
            .orElseThrow();
    var volume =
        pod.at("volumes")
            .children()
            .filter(one -> one.at("name").text().equals("tokens"))
            .findFirst()
            .orElseThrow();

    assertThat(mountPath("tokens")).isEqualTo(file.getParent().toString());
    // Readable for the group of the pod only.
    assertThat(volume.at("secret", "defaultMode").number()).isEqualTo(0440);
    assertThat(RepositoryFiles.text(FILE)).doesNotContain("ROLLBOOK_SECURITY_MODE");
  }

  @Test
  void aNetworkPolicyRestrictsWhoReachesThePod() {
    var policy =
        documents.stream()
            .filter(one -> one.at("kind").text().equals("NetworkPolicy"))
            .findFirst()
            .orElseThrow();

    assertThat(policy.at("spec", "podSelector", "matchLabels"))
        .isEqualTo(set.at("spec", "selector", "matchLabels"));
    assertThat(policy.at("spec", "policyTypes").texts()).containsExactly("Ingress");
    assertThat(policy.at("spec", "ingress", 0, "from").children())
        .isNotEmpty()
        .allMatch(from -> from.at("podSelector", "matchLabels").exists());
    assertThat(policy.at("spec", "ingress", 1).exists()).isFalse();
  }

  @Test
  void theGracePeriodIsLongerThanPauseAndStop() {
    int pause = Integer.parseInt(container.at("lifecycle", "preStop", "exec", "command", 1).text());
    var given = Duration.ofSeconds(pod.at("terminationGracePeriodSeconds").number());

    assertThat(given).isGreaterThan(ShutdownTimeouts.maxDuration().plusSeconds(pause));
  }

  private String probe(String name) {
    assertThat(container.at(name, "httpGet", "port").text()).isEqualTo("http");
    return container.at(name, "httpGet", "path").text();
  }

  private String mountPath(String volume) {
    return container
        .at("volumeMounts")
        .children()
        .filter(mount -> mount.at("name").text().equals(volume))
        .map(mount -> mount.at("mountPath").text())
        .findFirst()
        .orElseThrow();
  }

  private static String dockerfile() {
    return RepositoryFiles.text(Path.of("Dockerfile"));
  }
}
