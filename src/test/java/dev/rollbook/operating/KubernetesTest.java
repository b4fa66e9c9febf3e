package dev.rollbook.operating;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/// Checks the Kubernetes manifests against the image and the service.
@ParameterizedClass
@CsvSource({"rollbook.yml,1", "cluster.yml,3"})
class KubernetesTest {
  private final KubernetesManifest manifest;
  private final int replicas;
  private final YamlNode set;
  private final YamlNode pod;
  private final YamlNode container;

  KubernetesTest(String file, int replicas) {
    this.manifest = KubernetesManifest.read(file);
    this.replicas = replicas;
    this.set = manifest.only("StatefulSet");
    this.pod = set.at("spec", "template", "spec");
    this.container = pod.at("containers", 0);
  }

  @Test
  void itHasItsReplicasAndTheirDataIsPersistent() {
    assertThat(set.at("spec", "replicas").number()).isEqualTo(replicas);
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
    var file = Path.of(manifest.variable("ROLLBOOK_SECURITY_TOKENSFILE").at("value").text());
    var volume =
        pod.at("volumes")
            .children()
            .filter(one -> one.at("name").text().equals("tokens"))
            .findFirst()
            .orElseThrow();

    assertThat(mountPath("tokens")).isEqualTo(file.getParent().toString());
    // Readable for the group of the pod only.
    assertThat(volume.at("secret", "defaultMode").number()).isEqualTo(0440);
    assertThat(manifest.text()).doesNotContain("ROLLBOOK_SECURITY_MODE");
  }

  @Test
  void aNetworkPolicyRestrictsWhoReachesThePod() {
    var policy = manifest.named("NetworkPolicy", "rollbook");

    assertThat(policy.at("spec", "podSelector", "matchLabels"))
        .isEqualTo(set.at("spec", "selector", "matchLabels"));
    assertThat(policy.at("spec", "policyTypes").texts()).containsExactly("Ingress");
    assertThat(policy.at("spec", "ingress", 0, "from").children())
        .isNotEmpty()
        .allMatch(from -> from.at("podSelector", "matchLabels").exists());
    assertThat(policy.at("spec", "ingress", 1).exists()).isFalse();
  }

  @Test
  void everyServiceLeadsToThePods() {
    assertThat(manifest.all("Service"))
        .isNotEmpty()
        .allSatisfy(service -> {
          assertThat(service.at("spec", "selector"))
              .isEqualTo(set.at("spec", "selector", "matchLabels"))
              .isEqualTo(set.at("spec", "template", "metadata", "labels"));
          assertThat(service.at("spec", "ports", 0, "targetPort").text()).isEqualTo("http");
        })
        .extracting(service -> service.at("metadata", "name"))
        .contains(set.at("spec", "serviceName"));
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
