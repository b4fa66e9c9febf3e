package dev.rollbook.thread;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.rollbook.model.WireName;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.statedb.ThreadRow;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A thread as the API returns it: the row, updated with newer state from memory. Its components,
/// except `storedUpdatedAt`, are the members of the JSON.
///
/// @param git a JSON object
/// @param metadata a JSON object
/// @param storedUpdatedAt the `updatedAt` of the row, by which lists are ordered
public record ThreadView(
    UUID id,
    @Nullable String name,
    @Nullable String preview,
    Status status,
    @Nullable String source,
    @Nullable String cwd,
    @Nullable String model,
    @Nullable String modelProvider,
    @Nullable String cliVersion,
    @JsonRawValue @Nullable String git,
    @JsonRawValue String metadata,
    String persistence,
    @Nullable UUID forkedFromId,
    String kind,
    @Nullable UUID parentThreadId,
    Instant createdAt,
    Instant updatedAt,
    @Nullable Instant archivedAt,
    boolean pinned,
    int turnCount,
    @Nullable UUID activeTurnId,
    long itemCount,
    long nextOrdinal,
    String completeness,
    UsageSums usage,
    RolloutFile rollout,
    @JsonIgnore Instant storedUpdatedAt) {
  private static final String NO_METADATA = "{}";
  private static final int TAG_BYTES = 16;

  static ThreadView of(ThreadRow row, Status status, ThreadRow stored) {
    return new ThreadView(
        row.id(),
        row.attributes().name(),
        row.activity().preview(),
        status,
        row.provenance().source(),
        row.provenance().cwd(),
        row.activity().model(),
        row.provenance().modelProvider(),
        row.provenance().cliVersion(),
        row.provenance().git(),
        row.attributes().metadata() == null ? NO_METADATA : row.attributes().metadata(),
        row.provenance().persistence(),
        row.lineage().forkedFromId(),
        row.lineage().kind(),
        row.lineage().parentThreadId(),
        row.provenance().createdAt(),
        row.activity().updatedAt(),
        row.attributes().archivedAt(),
        row.attributes().pinned(),
        row.counters().turnCount(),
        row.activity().activeTurnId(),
        row.counters().itemCount(),
        row.counters().nextOrdinal(),
        row.counters().openGaps() == 0 ? "complete" : "gapped",
        new UsageSums(row.usage().ownUsage(), row.usage().inheritedUsage()),
        RolloutFile.of(row),
        stored.activity().updatedAt());
  }

  /// The part of the thread that clients can change.
  ThreadDescription description() {
    return new ThreadDescription(name, NO_METADATA.equals(metadata) ? null : metadata, pinned);
  }

  /// The ETag. It changes with the description, and when the thread is archived or unarchived. It
  /// does not cover counts, so that an append does not make a change fail. A crash or a rebuild
  /// does not change it.
  public String tag() {
    return hash(
        id.toString(),
        name,
        metadata,
        Boolean.toString(pinned),
        Boolean.toString(archivedAt != null));
  }

  private static String hash(@Nullable String... values) {
    var digest = sha256();
    for (var value : values) {
      // With the length, so that null differs from empty, and adjacent values cannot be confused.
      var bytes = value == null ? new byte[0] : value.getBytes(StandardCharsets.UTF_8);
      digest.update(ByteBuffer.allocate(4).putInt(0, value == null ? -1 : bytes.length));
      digest.update(bytes);
    }
    return '"' + HexFormat.of().formatHex(digest.digest(), 0, TAG_BYTES) + '"';
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Sums of the tokens that its turns used, as JSON; null if no turn reported any.
  ///
  /// @param inherited sum of the turns that a fork has from its parent
  public record UsageSums(
      @JsonRawValue @Nullable String own, @JsonRawValue @Nullable String inherited) {}

  /// @param path of the file, below the data-dir
  /// @param bytes of history, before compression
  /// @param compressedBytes size of the file; null where it is not compressed
  public record RolloutFile(String path, long bytes, @Nullable Long compressedBytes) {
    private static RolloutFile of(ThreadRow row) {
      var path = row.storage().rolloutPath();
      return new RolloutFile(
          row.storage().compressedBytes() == null ? path : DataDir.compressed(path),
          row.storage().rolloutBytes(),
          row.storage().compressedBytes());
    }
  }

  /// Whether the thread is in memory, and whether a turn runs in it.
  public enum Status implements WireName {
    ACTIVE,
    IDLE,
    NOT_LOADED;

    /// @throws IllegalArgumentException if there is no such status
    public static Status parse(String text) {
      return WireName.parse(Status.class, text);
    }
  }
}
