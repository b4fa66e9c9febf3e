package dev.rollbook.statedb;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcOperations;
import org.springframework.stereotype.Repository;

/// Whose rows a replica may write. Does nothing if there is only one process with files.
///
/// The epochs are asked for before the transaction, because a thread may have to be claimed for
/// that. Within the transaction, they are compared: until it ends, no other replica can claim the
/// threads.
@Repository
class OwnedRows {
  /// Ordered, so that two transactions do not wait for each other.
  private static final String OWNED =
      """
      SELECT thread_id FROM thread_owner WHERE (thread_id, epoch) IN (:owned)
      ORDER BY thread_id FOR SHARE
      """;

  private static final String OWNER =
      "SELECT epoch, owner FROM thread_owner WHERE thread_id = :thread FOR SHARE";

  private final NamedParameterJdbcOperations jdbc;
  private final ObjectProvider<RowFence> fence;

  OwnedRows(NamedParameterJdbcOperations jdbc, ObjectProvider<RowFence> fence) {
    this.jdbc = jdbc;
    this.fence = fence;
  }

  /// The epochs under which this process owns threads; none for those that it does not own.
  Map<UUID, Long> epochs(Set<UUID> threads) {
    var owners = fence.getIfAvailable();
    var epochs = new HashMap<UUID, Long>();
    if (owners != null) {
      for (var thread : threads) {
        owners.epoch(thread).ifPresent(epoch -> epochs.put(thread, epoch));
      }
    }
    return epochs;
  }

  /// The threads whose rows this process must not write. Caller must be in a transaction.
  ///
  /// @param epochs that [#epochs] has returned
  Set<UUID> lost(Set<UUID> threads, Map<UUID, Long> epochs) {
    var owners = fence.getIfAvailable();
    if (owners == null || threads.isEmpty()) {
      return Set.of();
    }
    var held = held(epochs);
    epochs.forEach((thread, epoch) -> {
      if (!held.contains(thread)) {
        owners.lost(thread, epoch);
      }
    });
    var lost = new HashSet<>(threads);
    lost.removeAll(held);
    return lost;
  }

  private Set<UUID> held(Map<UUID, Long> epochs) {
    if (epochs.isEmpty()) {
      return Set.of();
    }
    var owned =
        epochs.entrySet().stream()
            .map(thread -> new Object[] {thread.getKey(), thread.getValue()})
            .toList();
    return new HashSet<>(jdbc.queryForList(OWNED, Map.of("owned", owned), UUID.class));
  }

  /// Whether another replica has claimed a thread that this process owns, or has owned before.
  /// Caller must be in a transaction.
  ///
  /// @param epochs that [#epochs] has returned
  boolean isClaimedByOthers(UUID thread, Map<UUID, Long> epochs) {
    var owners = fence.getIfAvailable();
    return owners != null
        && jdbc.query(
                OWNER,
                Map.of("thread", thread),
                (row, number) ->
                    isOther(
                        epochs.get(thread),
                        row.getLong("epoch"),
                        row.getObject("owner", UUID.class),
                        owners.self()))
            .equals(List.of(true));
  }

  private static boolean isOther(
      @Nullable Long owned, long epoch, @Nullable UUID owner, UUID self) {
    return owned != null ? owned != epoch : owner != null && !owner.equals(self);
  }
}
