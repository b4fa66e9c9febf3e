package dev.rollbook.storage;

import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.statedb.files.ChunkRepository;
import dev.rollbook.statedb.files.FileRepository;
import dev.rollbook.statedb.files.FileRow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

/// Handle of a file in the database that is open for reads. It stays readable after the file was
/// moved, replaced or deleted.
final class ReadFile implements DiskFile {
  private final FileRepository files;
  private final ChunkRepository chunks;
  private final FileClaims claims;
  private final UUID key;
  private final AtomicBoolean open = new AtomicBoolean(true);

  ReadFile(FileRepository files, ChunkRepository chunks, FileClaims claims, UUID key) {
    this.files = files;
    this.chunks = chunks;
    this.claims = claims;
    this.key = key;
    claims.startedReading(key);
  }

  @Override
  public int read(ByteBuffer bytes, long position) throws IOException {
    if (!bytes.hasRemaining()) {
      return 0;
    }
    int before = bytes.remaining();
    chunks.read(key, position, before).forEach(bytes::put);
    int read = before - bytes.remaining();
    return read == 0 ? -1 : read;
  }

  @Override
  public long size() throws IOException {
    return files.find(key).map(FileRow::size).orElse(0L);
  }

  @Override
  public int append(ByteBuffer bytes) {
    throw new NonWritableChannelException();
  }

  @Override
  public void write(ByteBuffer bytes, long position) {
    throw new NonWritableChannelException();
  }

  @Override
  public void truncate(long size) {
    throw new NonWritableChannelException();
  }

  @Override
  public void force() {}

  @Override
  public void close() {
    if (open.getAndSet(false)) {
      claims.stoppedReading(key);
    }
  }
}
