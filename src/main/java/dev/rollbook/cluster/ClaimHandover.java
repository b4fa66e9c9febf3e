package dev.rollbook.cluster;

import java.time.Duration;

/// Handover of the threads that this replica has claimed.
record ClaimHandover(ThreadClaims claims, ClusterMembership members, Duration drainTime)
    implements ThreadHandover {
  @Override
  public boolean begin() {
    boolean begins = members.hasHeir();
    if (begins) {
      claims.refuse();
    }
    return begins;
  }

  @Override
  public boolean giveUpIdle() {
    return claims.giveUpIdle();
  }
}
