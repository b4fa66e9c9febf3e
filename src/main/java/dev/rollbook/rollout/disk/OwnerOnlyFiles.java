package dev.rollbook.rollout.disk;

import static java.nio.file.attribute.PosixFilePermissions.fromString;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Creates files with mode 0600 and directories with mode 0700, because a history may contain
/// secrets.
///
/// Modes are set at creation, so that other users can never open the file. On a file system without
/// POSIX permissions no mode is set.
public final class OwnerOnlyFiles {
  private static final Logger log = LoggerFactory.getLogger(OwnerOnlyFiles.class);
  private static final FileAttribute<Set<PosixFilePermission>> FILE =
      PosixFilePermissions.asFileAttribute(fromString("rw-------"));
  private static final FileAttribute<Set<PosixFilePermission>> DIRECTORY =
      PosixFilePermissions.asFileAttribute(fromString("rwx------"));
  private static final Set<PosixFilePermission> OF_OTHERS = fromString("------rwx");
  private static final Set<PosixFilePermission> OF_OWNER = fromString("rwx------");
  private static final Set<PosixFilePermission> READ_BY_GROUP = fromString("---r-----");
  private static final String USER = System.getProperty("user.name", "");
  private static final FileAttribute<?>[] NONE = {};

  private OwnerOnlyFiles() {}

  static FileAttribute<?>[] file(Path path) {
    return hasModes(path) ? new FileAttribute<?>[] {FILE} : NONE;
  }

  /// Creates a directory and those above it; existing ones are not changed.
  public static void createDirectories(Path directory) throws IOException {
    Files.createDirectories(
        directory, hasModes(directory) ? new FileAttribute<?>[] {DIRECTORY} : NONE);
  }

  /// Creates an empty file for a library that then opens it; an existing one is not changed.
  public static void createFile(Path path) throws IOException {
    try {
      Files.newByteChannel(
              path, EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), file(path))
          .close();
    } catch (FileAlreadyExistsException e) {
      log.trace("{} exists already", path, e);
    }
  }

  /// Restricts a file that a library has just created, in a directory that other users cannot
  /// enter.
  public static void restrict(Path path) {
    if (hasModes(path)) {
      try {
        Files.setPosixFilePermissions(path, FILE.value());
      } catch (IOException | UnsupportedOperationException e) {
        log.debug("the mode of {} cannot be set", path, e);
      }
    }
  }

  /// Whether other users of this machine may list, read or write what is in a directory.
  public static boolean isOpenToOthers(Path directory) throws IOException {
    var view = Files.getFileAttributeView(directory, PosixFileAttributeView.class);
    return view != null
        && view.readAttributes().permissions().stream().anyMatch(OF_OTHERS::contains);
  }

  /// Whether users other than the owner may read or write a file. A file of root that only its
  /// group may read counts as private, unless root runs the service: Kubernetes mounts a Secret in
  /// this way for a pod with a group of its own.
  static boolean isSharedFile(Path file) throws IOException {
    var view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    if (view == null) {
      return false;
    }
    var attributes = view.readAttributes();
    var ofOthers = EnumSet.noneOf(PosixFilePermission.class);
    ofOthers.addAll(attributes.permissions());
    ofOthers.removeAll(OF_OWNER);
    boolean isMounted = isRoot(attributes.owner().getName()) && !isRoot(USER);
    return !ofOthers.isEmpty() && !(isMounted && ofOthers.equals(READ_BY_GROUP));
  }

  private static boolean isRoot(String user) {
    return user.equals("root") || user.equals("0");
  }

  private static boolean hasModes(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }
}
