package dev.rollbook.statedb;

import dev.rollbook.access.Owner;
import dev.rollbook.model.ThreadNotes;
import dev.rollbook.model.ThreadNotes.Name;
import dev.rollbook.model.ThreadSummary;
import dev.rollbook.statedb.jdbc.TableMapping;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.data.annotation.Id;
import org.springframework.data.relational.core.mapping.Table;

/// The row of a thread in the state-db. While items are appended, the row may be up to 250 ms
/// behind the rollout.
///
/// Except for `id`, each component is a group of columns: the components of the group are columns
/// of the table.
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

  /// Index key of the working directory.
  @TableMapping.Derived
  public @Nullable String cwdKey() {
    return DirectoryIndexKey.of(provenance.cwd);
  }

  /// What lists of hits, gaps and usage show of the thread.
  public ThreadSummary summary() {
    return new ThreadSummary(
        attributes.name, activity.preview, provenance.cwd, provenance.source, lineage.kind);
  }

  /// The row with the newer state of the live thread.
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

  /// What callers can change.
  ///
  /// @param namedAt when the name was set or removed; null if unknown
  /// @param metadata a JSON object
  /// @param pinned whether retention skips the thread
  /// @param revision incremented with each change
  public record Attributes(
      @Nullable String name,
      @Nullable Instant namedAt,
      @Nullable String metadata,
      boolean pinned,
      @Nullable Instant archivedAt,
      int revision) {

    /// The attributes with the notes from the given ordinal on.
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

  /// How the thread was started; never changes.
  ///
  /// @param git a JSON object: commit, branch and repository of the working directory
  /// @param owner decides who sees the thread
  public record Provenance(
      @Nullable String source,
      @Nullable String cwd,
      @Nullable String modelProvider,
      @Nullable String cliVersion,
      @Nullable String git,
      String persistence,
      Instant createdAt,
      Owner owner) {}

  /// Other threads that it was started or forked from.
  ///
  /// @param kind a `ThreadKind`
  /// @param parentThreadId the thread that started it
  /// @param inheritedThrough the last ordinal copied from its parent; null if none
  public record Lineage(
      String kind,
      @Nullable UUID parentThreadId,
      @Nullable UUID forkedFromId,
      @Nullable Long inheritedThrough) {}

  /// Latest activity.
  ///
  /// @param recorderRemoved whether it was shut down or discarded, and not resumed since
  public record Activity(
      Instant updatedAt,
      @Nullable String preview,
      @Nullable String model,
      @Nullable UUID activeTurnId,
      boolean recorderRemoved) {}

  /// @param nextOrdinal ordinal of the next item; items and gaps together fill all before it
  public record Counters(int turnCount, long itemCount, long nextOrdinal, int openGaps) {}

  /// Token usage.
  ///
  /// @param ownUsage a JSON object: sum of its own turns
  /// @param inheritedUsage a JSON object: sum of the turns that a fork has from its parent
  /// @param usageTimeline its own turns by time, as the text of a
  ///   [dev.rollbook.model.UsageTimeline]
  public record TokenSums(
      @Nullable String ownUsage, @Nullable String inheritedUsage, @Nullable String usageTimeline) {
    public static final TokenSums NONE = new TokenSums(null, null, null);
  }

  /// The rollout file.
  ///
  /// @param rolloutPath below the data-dir
  /// @param compressedBytes size on disk; null if it is not compressed
  /// @param ordered whether every line states its ordinal, each greater than the one before
  /// @param reading version of the projection that the row was read with; an outdated row is read
  ///   again
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
