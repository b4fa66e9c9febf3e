package dev.rollbook.storage;

import dev.rollbook.rollout.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonReadableChannelException;
import java.util.concurrent.atomic.AtomicBoolean;

/// Handle of a file in the database that is open for writes. Every write is durable when it
/// returns.
final class ClaimedFile implements DiskFile {
  private final FileClaims claims;
  private final FileClaim claim;
  private final AtomicBoolean open = new AtomicBoolean(true);

  ClaimedFile(FileClaims claims, FileClaim claim) {
    this.claims = claims;
    this.claim = claim;
  }

  @Override
  public int append(ByteBuffer bytes) throws IOException {
    return claim.append(bytes);
  }

  @Override
  public void write(ByteBuffer bytes, long position) throws IOException {
    claim.write(bytes, position);
  }

  @Override
  public int read(ByteBuffer bytes, long position) {
    throw new NonReadableChannelException();
  }

  @Override
  public long size() throws IOException {
    return claim.size();
  }

  @Override
  public void truncate(long size) throws IOException {
    claim.truncate(size);
  }

  @Override
  public void force() {}

  @Override
  public void close() {
    if (open.getAndSet(false)) {
      claims.release(claim);
    }
  }
}
