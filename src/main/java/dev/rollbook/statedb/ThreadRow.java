package dev.rollbook.statedb;

import dev.rollbook.model.ThreadNotes;
import dev.rollbook.model.ThreadNotes.Name;
import dev.rollbook.statedb.jdbc.TableMapping;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.data.annotation.Id;
import org.springframework.data.relational.core.mapping.Table;

/// A thread as the state-db knows it; up to 250 ms behind its rollout while it is written.
///
/// The groups are for readers of code: each of their components is a column of the table.
@Table("thread")
public record ThreadRow(
    @Id UUID id,
    Attributes attributes,
    Provenance provenance,
    Lineage lineage,
    Activity activity,
    Counters counters,
    TokenSums usage,
    Storage storage) {

  /// What the thread's directory is found by.
  @TableMapping.Derived
  public @Nullable String cwdKey() {
    return DirectoryIndexKey.ofDirectory(provenance.cwd);
  }

  /// The row with what is known of the thread in memory.
  public ThreadRow with(ThreadProgress now) {
    boolean grown = storage.rolloutBytes != now.rolloutBytes();
    return new ThreadRow(
        id,
        attributes.with(now.notes(), 0),
        provenance,
        new Lineage(
            lineage.kind, lineage.parentThreadId, lineage.forkedFromId, now.inheritedThrough()),
        now.activity(),
        now.counters(),
        now.usage(),
        new Storage(
            storage.rolloutPath,
            now.rolloutBytes(),
            grown ? null : storage.compressedBytes,
            now.ordered(),
            storage.reading));
  }

  /// What callers change of a thread.
  ///
  /// @param namedAt when it got its name, or lost it; null where that is not known
  /// @param metadata a JSON object
  /// @param pinned whether retention leaves it alone
  /// @param revision goes up with each change of these
  public record Attributes(
      @Nullable String name,
      @Nullable Instant namedAt,
      @Nullable String metadata,
      boolean pinned,
      @Nullable Instant archivedAt,
      int revision) {

    /// The same after the notes from the given ordinal on.
    public Attributes with(ThreadNotes notes, long since) {
      var last = notes.nameOver(new Name(name, namedAt), since);
      return new Attributes(
          last.text(),
          last.at(),
          notes.metadataSince(since, metadata),
          notes.pinnedSince(since, pinned),
          archivedAt,
          revision);
    }
  }

  /// How a thread began; never changes.
  ///
  /// @param git a JSON object: where its working directory stood
  public record Provenance(
      @Nullable String source,
      @Nullable String cwd,
      @Nullable String modelProvider,
      @Nullable String cliVersion,
      @Nullable String git,
      String persistence,
      Instant createdAt) {}

  /// Which threads it comes from.
  ///
  /// @param kind a `ThreadKind`
  /// @param parentThreadId the thread that started it
  /// @param inheritedThrough the last ordinal that it has from its parent; null for none
  public record Lineage(
      String kind,
      @Nullable UUID parentThreadId,
      @Nullable UUID forkedFromId,
      @Nullable Long inheritedThrough) {}

  /// What went on last.
  ///
  /// @param recorderRemoved shut down or discarded, and not resumed since
  public record Activity(
      Instant updatedAt,
      @Nullable String preview,
      @Nullable String model,
      @Nullable UUID activeTurnId,
      boolean recorderRemoved) {}

  /// @param nextOrdinal that the next item gets; items and gaps together fill all before it
  public record Counters(int turnCount, long itemCount, long nextOrdinal, int openGaps) {}

  /// JSON objects: the sums of what its turns used, and of the turns that a fork has from its
  /// parent.
  public record TokenSums(@Nullable String ownUsage, @Nullable String inheritedUsage) {
    public static final TokenSums NONE = new TokenSums(null, null);
  }

  /// Its rollout.
  ///
  /// @param rolloutPath below the data-dir
  /// @param compressedBytes what it takes on the disk; null where it is not compressed
  /// @param ordered whether every line states its ordinal, each greater than the one before
  /// @param reading version of what was read from it; one that is out of date is read again
  public record Storage(
      String rolloutPath,
      long rolloutBytes,
      @Nullable Long compressedBytes,
      boolean ordered,
      int reading) {

    /// Bytes from the start whose lines all state their ordinals in ascending order.
    public long orderedBytes() {
      return ordered ? rolloutBytes : 0;
    }
  }
}
