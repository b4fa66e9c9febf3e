package dev.rollbook.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.access.AccessPolicy.Isolation;
import java.util.List;
import org.junit.jupiter.api.Test;

class AccessPolicyTest {
  private static final Owner ANN = new Owner("default", "ann");
  private static final Owner BOB = new Owner("default", "bob");
  private static final Owner OTHER_ANN = new Owner("other", "ann");
  private static final List<Owner> ALL = List.of(Owner.NONE, ANN, BOB, OTHER_ANN);

  @Test
  void aTenantSeesItsThreadsAndTheDefaultTenantThoseWithoutAnOwner() {
    assertThat(seen(Isolation.TENANT, ANN)).containsExactly(Owner.NONE, ANN, BOB);
    assertThat(seen(Isolation.TENANT, Owner.NONE)).containsExactly(Owner.NONE, ANN, BOB);
    assertThat(seen(Isolation.TENANT, OTHER_ANN)).containsExactly(OTHER_ANN);
  }

  @Test
  void anOwnerSeesOnlyItsOwnThreads() {
    assertThat(seen(Isolation.OWNER, ANN)).containsExactly(ANN);
    assertThat(seen(Isolation.OWNER, OTHER_ANN)).containsExactly(OTHER_ANN);
    assertThat(seen(Isolation.OWNER, Owner.NONE)).containsExactly(Owner.NONE);
  }

  @Test
  void withoutIsolationEverythingIsSeen() {
    for (var owner : ALL) {
      assertThat(seen(Isolation.NONE, owner)).isEqualTo(ALL);
    }
  }

  @Test
  void aCallerThatSeesAllStillOwnsWhatItCreates() {
    var access = new AccessPolicy(Isolation.OWNER, "default").ofAll(BOB);

    assertThat(ALL).allMatch(access::sees);
    assertThat(access.owner()).isEqualTo(BOB);
  }

  private static List<Owner> seen(Isolation isolation, Owner caller) {
    var access = new AccessPolicy(isolation, "default").of(caller);
    return ALL.stream().filter(access::sees).toList();
  }
}
