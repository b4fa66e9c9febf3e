package dev.rollbook.statedb.files;

import java.time.Instant;
import java.util.UUID;

/// Bytes for the end of a file.
public final class NewChunk {
  private final UUID file;
  private final long claim;
  private final long start;
  private final byte[] data;
  private final Instant at;

  /// @param claim of the writer; an append with another one is refused
  /// @param start the size that the file must have
  /// @param data not changed afterwards
  /// @param at time of the modification
  public NewChunk(UUID file, long claim, long start, byte[] data, Instant at) {
    this.file = file;
    this.claim = claim;
    this.start = start;
    this.data = data;
    this.at = at;
  }

  public UUID file() {
    return file;
  }

  long claim() {
    return claim;
  }

  public long start() {
    return start;
  }

  /// The size of the file once it has the bytes.
  public long end() {
    return start + data.length;
  }

  public int length() {
    return data.length;
  }

  public byte[] data() {
    return data;
  }

  Instant at() {
    return at;
  }
}
