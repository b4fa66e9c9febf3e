package dev.rollbook.statedb;

import dev.rollbook.model.ThreadNotes.Name;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.data.annotation.Id;
import org.springframework.data.relational.core.mapping.Table;

/// A thread as the state-db knows it; up to 250 ms behind its rollout while it is written.
///
/// @param metadata a JSON object
/// @param nextOrdinal that the next item gets; items and gaps together fill all before it
/// @param rolloutPath below the data-dir
/// @param ownUsage a JSON object: the sum of what its turns used
/// @param inheritedUsage the same for the turns that a fork has from its parent
/// @param git a JSON object: where its working directory stood when it began
/// @param pinned whether retention leaves it alone
/// @param kind a `ThreadKind`
/// @param parentThreadId the thread that started it
/// @param inheritedThrough the last ordinal that it has from its parent; null for none
/// @param reading version of what was read from its rollout; one that is out of date is read again
/// @param compressedBytes what its rollout takes on the disk; null where it is not compressed
/// @param ordered whether every line of its rollout states its ordinal, each greater than the one
///   before
/// @param namedAt when it got its name, or lost it; null where that is not known
@Table("thread")
public record ThreadRow(
    @Id UUID id,
    @Nullable String name,
    @Nullable String preview,
    @Nullable String source,
    @Nullable String cwd,
    @Nullable String model,
    @Nullable String modelProvider,
    @Nullable String cliVersion,
    @Nullable String metadata,
    String persistence,
    @Nullable UUID forkedFromId,
    Instant createdAt,
    Instant updatedAt,
    @Nullable Instant archivedAt,
    int turnCount,
    @Nullable UUID activeTurnId,
    long itemCount,
    long nextOrdinal,
    int openGaps,
    String rolloutPath,
    long rolloutBytes,
    boolean recorderRemoved,
    int revision,
    @Nullable String ownUsage,
    @Nullable String inheritedUsage,
    @Nullable String git,
    boolean pinned,
    @Nullable Long compressedBytes,
    String kind,
    @Nullable UUID parentThreadId,
    @Nullable Long inheritedThrough,
    int reading,
    boolean ordered,
    @Nullable Instant namedAt) {

  public Name named() {
    return new Name(name, namedAt);
  }

  /// Bytes from the start of the rollout whose lines all state their ordinals in ascending order.
  public long orderedBytes() {
    return ordered ? rolloutBytes : 0;
  }

  /// What the thread's directory is found by.
  @TableMapping.Derived
  @Nullable String cwdKey() {
    return ThreadKeys.ofDirectory(cwd);
  }

  /// The row with what is known of the thread in memory.
  public ThreadRow with(ThreadProgress now) {
    var name = now.notes().nameOver(named(), 0);
    return new ThreadRow(
        id,
        name.text(),
        now.preview(),
        source,
        cwd,
        now.model(),
        modelProvider,
        cliVersion,
        now.notes().metadataSince(0, metadata),
        persistence,
        forkedFromId,
        createdAt,
        now.updatedAt(),
        archivedAt,
        now.turnCount(),
        now.activeTurnId(),
        now.itemCount(),
        now.nextOrdinal(),
        now.openGaps(),
        rolloutPath,
        now.rolloutBytes(),
        now.recorderRemoved(),
        revision,
        now.ownUsage(),
        now.inheritedUsage(),
        git,
        now.notes().pinnedSince(0, pinned),
        rolloutBytes == now.rolloutBytes() ? compressedBytes : null,
        kind,
        parentThreadId,
        now.inheritedThrough(),
        reading,
        now.ordered(),
        name.at());
  }
}
