package dev.rollbook.statedb.dialect;

import static org.h2.engine.Constants.SUFFIX_MV_FILE;

import dev.rollbook.rollout.disk.OwnerOnlyFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channel;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.h2.store.fs.FilePath;
import org.h2.store.fs.FilePathWrapper;

/// File system of H2 whose files only their owner can read: the database, its trace and its
/// temporary files.
///
/// H2 itself creates files with default modes. The scheme `owner-only:` in the URL makes H2 use
/// this class instead. The class is public because H2 creates the instances.
///
/// A name is `owner-only:NUMBER:PATH`. The number grows each time the database is opened, because
/// H2 keeps its open databases in a map by name. When a database has closed itself, for example on
/// a full disk, a late statement on it removes its map entry. If the reopened database had the same
/// name, the statement would remove the new entry. The reopened database would stay open and
/// locked, but no connection could reach it (`Database.checkPowerOff` of 2.4.240).
public final class OwnerOnlyFilePath extends FilePathWrapper {
  private static final String SCHEME = "owner-only";
  private static final ConcurrentMap<String, Opening> OPENINGS = new ConcurrentHashMap<>();

  private record Opening(int number, Channel channel) {}

  static {
    FilePath.register(new OwnerOnlyFilePath());
  }

  /// The name for the next connection to a database.
  ///
  /// @param database a file without the suffix of H2
  static String name(String database) {
    var last = OPENINGS.get(database + SUFFIX_MV_FILE);
    boolean isOpen = last != null && last.channel().isOpen();
    return "%s:%d:%s".formatted(SCHEME, openings(database) + (isOpen ? 0 : 1), database);
  }

  /// Number of times that this process has opened a database.
  static int openings(String database) {
    var last = OPENINGS.get(database + SUFFIX_MV_FILE);
    return last == null ? 0 : last.number();
  }

  @Override
  public String getScheme() {
    return SCHEME;
  }

  @Override
  protected String getPrefix() {
    return name.substring(0, pathIn(name));
  }

  @Override
  protected FilePath unwrap(String wrapped) {
    return FilePath.get(wrapped.substring(pathIn(wrapped)));
  }

  private static int pathIn(String name) {
    return name.indexOf(':', SCHEME.length() + 1) + 1;
  }

  @Override
  public FileChannel open(String mode) throws IOException {
    if (mode.equals("r")) {
      return super.open(mode);
    }
    create();
    return name.endsWith(SUFFIX_MV_FILE) ? openDatabase(mode) : super.open(mode);
  }

  private FileChannel openDatabase(String mode) throws IOException {
    int number = Integer.parseInt(name, SCHEME.length() + 1, pathIn(name) - 1, 10);
    synchronized (OPENINGS) {
      var file = unwrap().toString();
      var last = OPENINGS.get(file);
      if (last != null && last.number() >= number) {
        throw new IOException("the database closed itself and was opened again under another name");
      }
      var channel = super.open(mode);
      OPENINGS.put(file, new Opening(number, channel));
      return channel;
    }
  }

  @Override
  public OutputStream newOutputStream(boolean append) throws IOException {
    create();
    return super.newOutputStream(append);
  }

  @Override
  public FilePath createTempFile(String suffix, boolean inTempDir) throws IOException {
    var file = super.createTempFile(suffix, inTempDir);
    OwnerOnlyFiles.restrict(Path.of(file.unwrap().toString()));
    return file;
  }

  private void create() throws IOException {
    OwnerOnlyFiles.createFile(Path.of(unwrap().toString()));
  }
}
