package dev.rollbook.rollout.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// In-memory disk that knows every state a power cut may leave.
///
/// It promises no more than it must: bytes are durable once their file was forced, names once their
/// directory was; what was not forced is there or not, each name by itself, the bytes of a file up
/// to any of them. A rename is done in both directories or in neither, which it is where one of
/// them is not there.
public final class PowerCutDisk implements Disk {
  public static final Path ROOT = Path.of("/data").toAbsolutePath();

  private final Map<Path, PowerCutFile> files = new HashMap<>();
  private final Set<Path> directories = new HashSet<>(Set.of(ROOT));
  private final List<NameChange> changes = new ArrayList<>();
  private final Runnable afterChange;

  /// What is left of a disk.
  public record Remains(Map<Path, ByteBuffer> files, Set<Path> directories) {}

  /// @param afterChange called whenever a power cut might leave something else than before
  public PowerCutDisk(Runnable afterChange) {
    this.afterChange = afterChange;
  }

  /// The disk as the machine finds it when it has power again.
  public static PowerCutDisk of(Remains remains) {
    var disk = new PowerCutDisk(() -> {});
    disk.directories.addAll(remains.directories());
    remains
        .files()
        .forEach((path, bytes) -> disk.files.put(path, new PowerCutFile(bytes, disk.afterChange)));
    disk.directories.forEach(path -> disk.changes.add(NameChange.made(path)));
    disk.files.forEach((path, file) -> disk.changes.add(new NameChange(null, path, file)));
    disk.changes.forEach(change -> change.durable = true);
    return disk;
  }

  /// Everything that a power cut may leave now.
  public Set<Remains> remains() {
    var all = new LinkedHashSet<Remains>();
    var pending = changes.stream().filter(change -> !change.durable).toList();
    for (int choice = 0; choice < 1 << pending.size(); choice++) {
      Map<Path, PowerCutFile> left = new HashMap<>();
      Set<Path> in = new HashSet<>(Set.of(ROOT));
      for (var change : changes) {
        int bit = pending.indexOf(change);
        if (bit < 0 || (choice & 1 << bit) != 0) {
          change.apply(left, in);
        }
      }
      left.keySet().removeIf(path -> !isReachable(path, in));
      in.removeIf(path -> !isReachable(path, in));
      addContents(List.copyOf(left.entrySet()), Map.of(), in, all);
    }
    return all;
  }

  private static boolean isReachable(Path path, Set<Path> directories) {
    return path.equals(ROOT)
        || directories.contains(path.getParent()) && isReachable(path.getParent(), directories);
  }

  private static void addContents(
      List<Map.Entry<Path, PowerCutFile>> files,
      Map<Path, ByteBuffer> chosen,
      Set<Path> directories,
      Set<Remains> all) {
    if (files.isEmpty()) {
      all.add(new Remains(chosen, directories));
      return;
    }
    var first = files.getFirst();
    for (var content : first.getValue().possible()) {
      var more = new HashMap<>(chosen);
      more.put(first.getKey(), content);
      addContents(files.subList(1, files.size()), more, directories, all);
    }
  }

  @Override
  public DiskFile create(Path path) throws IOException {
    if (files.containsKey(path)) {
      throw new FileAlreadyExistsException(path.toString());
    }
    makeDirectory(path.getParent());
    var file = new PowerCutFile(ByteBuffer.allocate(0), afterChange);
    change(new NameChange(null, path, file));
    return file.open();
  }

  @Override
  public DiskFile openForAppend(Path path) throws IOException {
    return existing(path).open();
  }

  @Override
  public DiskFile openInPlace(Path path) throws IOException {
    return existing(path).open();
  }

  @Override
  public DiskFile openForRead(Path path) throws IOException {
    return existing(path).open();
  }

  @Override
  public @Nullable FileState stat(Path path) {
    var file = files.get(path);
    return file == null ? null : new FileState(file, file.size(), Instant.EPOCH);
  }

  @Override
  public void move(Path from, Path to) throws IOException {
    var file = existing(from);
    makeDirectory(to.getParent());
    change(new NameChange(from, to, file));
  }

  @Override
  public boolean delete(Path path) {
    if (!files.containsKey(path)) {
      return false;
    }
    change(new NameChange(path, null, null));
    return true;
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    if (!directories.contains(directory)) {
      throw new NoSuchFileException(directory.toString());
    }
    changes.stream()
        .filter(change -> change.isIn(directory))
        .forEach(change -> change.durable = true);
    afterChange.run();
  }

  /// Times are not what is cut here.
  @Override
  public void setModified(Path path, Instant time) throws IOException {
    existing(path);
  }

  @Override
  public Path realPath(Path path) {
    return path;
  }

  @Override
  public List<Path> list(Path directory) {
    return Stream.concat(files.keySet().stream(), directories.stream())
        .filter(path -> directory.equals(path.getParent()))
        .sorted()
        .toList();
  }

  @Override
  public Stream<Path> walk(Path directory) {
    return List.copyOf(files.keySet()).stream().filter(path -> path.startsWith(directory));
  }

  private PowerCutFile existing(Path path) throws IOException {
    var file = files.get(path);
    if (file == null) {
      throw new NoSuchFileException(path.toString());
    }
    return file;
  }

  private void makeDirectory(Path directory) {
    if (!directories.contains(directory)) {
      makeDirectory(directory.getParent());
      change(NameChange.made(directory));
    }
  }

  private void change(NameChange change) {
    change.apply(files, directories);
    changes.add(change);
    afterChange.run();
  }

  /// A name that goes, one that comes, or both at once; without a file it is a directory's.
  private static final class NameChange {
    private final @Nullable Path gone;
    private final @Nullable Path there;
    private final @Nullable PowerCutFile file;
    private boolean durable;

    NameChange(@Nullable Path gone, @Nullable Path there, @Nullable PowerCutFile file) {
      this.gone = gone;
      this.there = there;
      this.file = file;
    }

    static NameChange made(Path directory) {
      return new NameChange(null, directory, null);
    }

    boolean isIn(Path directory) {
      return gone != null && directory.equals(gone.getParent())
          || there != null && directory.equals(there.getParent());
    }

    void apply(Map<Path, PowerCutFile> files, Set<Path> directories) {
      if (gone != null && there != null && !directories.contains(there.getParent())) {
        return;
      }
      if (gone != null) {
        files.remove(gone);
      }
      if (there != null && file == null) {
        directories.add(there);
      } else if (there != null) {
        files.put(there, file);
      }
    }
  }
}
