package dev.rollbook.operating;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.cluster.ClusterProperties;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

/// Checks what the manifest of several replicas has beside that of one process.
class KubernetesClusterTest {
  private final KubernetesManifest manifest = KubernetesManifest.read("cluster.yml");
  private final YamlNode set = manifest.only("StatefulSet");
  private final YamlNode database = manifest.only("Cluster");

  @Test
  void everyReplicaHasAnAddressOfItsOwnAndTheSecretOfAll() {
    var address = value("ROLLBOOK_CLUSTER_ADDRESS");
    assertThat(URI.create(address.replace("$(POD_IP)", "10.0.0.7")))
        .hasScheme("http")
        .hasPort(8080);
    assertThat(value("ROLLBOOK_CLUSTER_PREVIEW")).isEqualTo("true");
    assertThat(manifest.variable("POD_IP").at("valueFrom", "fieldRef", "fieldPath").text())
        .isEqualTo("status.podIP");
    assertThat(value("ROLLBOOK_STORAGE")).isEqualTo("database");
    assertThat(secret("ROLLBOOK_CLUSTER_SECRET").at("name").text()).isEqualTo("rollbook-cluster");
    assertThat(clusterVariables())
        .as("names that the properties have")
        .isSubsetOf(
            Arrays.stream(ClusterProperties.class.getRecordComponents())
                .map(component -> component.getName().toUpperCase(Locale.ROOT))
                .toList());
  }

  @Test
  void theDatabaseKeepsEachCommitTwice() {
    assertThat(database.at("spec", "instances").number()).isEqualTo(3);
    assertThat(database.at("spec", "postgresql", "synchronous").value())
        .asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
        .isEqualTo(Map.of("method", "any", "number", 1, "dataDurability", "required"));
    assertThat(manifest.text()).doesNotContain("ACCEPTUNREPLICATED");
  }

  @Test
  void theReplicasUseTheDatabaseOfTheManifestOverTls() {
    var name = database.at("metadata", "name").text();
    var initial = database.at("spec", "bootstrap", "initdb", "database").text();

    assertThat(value("SPRING_DATASOURCE_URL"))
        .startsWith("jdbc:postgresql://%s-rw/%s?".formatted(name, initial))
        .contains("sslmode=verify-full", "sslrootcert=/run/rollbook-db/ca.crt");
    assertThat(secret("SPRING_DATASOURCE_USERNAME").at("name").text()).isEqualTo(name + "-app");
    assertThat(secret("SPRING_DATASOURCE_PASSWORD").at("name").text()).isEqualTo(name + "-app");
    assertThat(manifest.text()).contains("secretName: " + name + "-ca");
  }

  @Test
  void replicasAreOnSeveralMachinesAndStopOneAtATime() {
    var budget = manifest.only("PodDisruptionBudget").at("spec");
    var labels = set.at("spec", "template", "metadata", "labels");

    assertThat(budget.at("minAvailable").number())
        .isEqualTo(set.at("spec", "replicas").number() - 1);
    assertThat(budget.at("selector", "matchLabels")).isEqualTo(labels);
    assertThat(set.at("spec", "template", "spec", "topologySpreadConstraints").children())
        .allSatisfy(constraint ->
            assertThat(constraint.at("labelSelector", "matchLabels")).isEqualTo(labels))
        .extracting(constraint -> constraint.at("topologyKey").text())
        .containsExactly("topology.kubernetes.io/zone", "kubernetes.io/hostname");
    assertThat(manifest.named("Service", "rollbook-peers").at("spec", "clusterIP").text())
        .isEqualTo("None");
  }

  @Test
  void replicasReachEachOtherAndOnlyTheyReachTheDatabase() {
    var labels = set.at("spec", "template", "metadata", "labels");
    var ofService = manifest.named("NetworkPolicy", "rollbook").at("spec", "ingress", 0);
    var ofDatabase = manifest.named("NetworkPolicy", "rollbook-db").at("spec");

    assertThat(ofService.at("from", 0, "podSelector", "matchLabels")).isEqualTo(labels);
    assertThat(ofDatabase.at("podSelector", "matchLabels", "cnpg.io/cluster"))
        .isEqualTo(database.at("metadata", "name"));
    assertThat(ofDatabase.at("ingress", 0, "from").children()).hasSize(1);
    assertThat(ofDatabase.at("ingress", 0, "from", 0, "podSelector", "matchLabels"))
        .isEqualTo(labels);
    assertThat(ofDatabase.at("ingress", 0, "ports", 0, "port").number()).isEqualTo(5432);
  }

  private String value(String variable) {
    return manifest.variable(variable).at("value").text();
  }

  private YamlNode secret(String variable) {
    return manifest.variable(variable).at("valueFrom", "secretKeyRef");
  }

  private List<String> clusterVariables() {
    var prefix = "ROLLBOOK_CLUSTER_";
    return set.at("spec", "template", "spec", "containers", 0, "env")
        .children()
        .map(one -> one.at("name").text())
        .filter(name -> name.startsWith(prefix))
        .map(name -> name.substring(prefix.length()))
        .toList();
  }
}
