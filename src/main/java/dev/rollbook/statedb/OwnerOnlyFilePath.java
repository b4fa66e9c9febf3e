package dev.rollbook.statedb;

import dev.rollbook.rollout.disk.OwnerOnly;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.h2.store.fs.FilePath;
import org.h2.store.fs.FilePathWrapper;

/// Files of H2 that only their owner can read: the database, its trace and its temporary files.
///
/// H2 opens files without modes; a scheme in the URL is its way to have them opened by others. Made
/// by H2, hence public.
public final class OwnerOnlyFilePath extends FilePathWrapper {
  static final String SCHEME = "owner-only";

  static void register() {
    FilePath.register(new OwnerOnlyFilePath());
  }

  @Override
  public String getScheme() {
    return SCHEME;
  }

  @Override
  public FileChannel open(String mode) throws IOException {
    if (!mode.equals("r")) {
      create();
    }
    return super.open(mode);
  }

  @Override
  public OutputStream newOutputStream(boolean append) throws IOException {
    create();
    return super.newOutputStream(append);
  }

  @Override
  public FilePath createTempFile(String suffix, boolean inTempDir) throws IOException {
    var file = super.createTempFile(suffix, inTempDir);
    OwnerOnly.restrict(Path.of(file.unwrap().toString()));
    return file;
  }

  private void create() throws IOException {
    OwnerOnly.createFile(Path.of(unwrap().toString()));
  }
}
