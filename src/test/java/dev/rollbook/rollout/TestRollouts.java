package dev.rollbook.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.memory.MemoryBudget;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.OpenFileLimit.OpenFileProperties;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.DiskFiles;
import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.rollout.disk.LocalDisk;
import dev.rollbook.rollout.disk.PowerCutDisk;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.text.RawJson;
import dev.rollbook.worker.WorkerFailures;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.springframework.util.unit.DataSize;
import tools.jackson.databind.json.JsonMapper;

/// The package put together over one directory, and what its tests say again and again.
public final class TestRollouts {
  public static final Instant NOW = Instant.parse("2026-11-22T12:45:58.677Z");
  public static final String TIMESTAMP = "2026-11-22T12:45:58.677Z";

  public final FaultyDisk disk;

  /// The files below the faults.
  public final DiskFiles files;

  public final DataDir dataDir;
  public final RolloutSync sync;
  public final OpenFileLimit openFiles;
  private final Rollouts rollouts;

  public TestRollouts(Path directory, SyncPolicy policy, int maxOpenFiles) {
    this(new LocalDisk(), directory, policy, maxOpenFiles);
  }

  private TestRollouts(Disk base, Path directory, SyncPolicy policy, int maxOpenFiles) {
    files = new DiskFiles(base);
    disk = new FaultyDisk(base);
    dataDir = new DataDir(directory);
    var properties = new RolloutProperties(policy, Duration.ofSeconds(1), DataSize.ofMegabytes(8));
    sync = new RolloutSync(disk, dataDir, properties, new WorkerFailures(Clock.systemUTC()));
    openFiles = new OpenFileLimit(new OpenFileProperties(maxOpenFiles));
    rollouts = new Rollouts(disk, dataDir, sync, openFiles, MemoryBudget.UNLIMITED);
  }

  public static TestRollouts in(Path directory) {
    return in(directory, SyncPolicy.INTERVAL);
  }

  public static TestRollouts in(Path directory, SyncPolicy policy) {
    return new TestRollouts(directory, policy, 1024);
  }

  /// A machine whose power may be cut, with what is asked of it then.
  public static TestRollouts on(PowerCutDisk disk) {
    return on(disk, PowerCutDisk.ROOT, SyncPolicy.EVERY_APPEND);
  }

  public static TestRollouts on(Disk disk, Path directory, SyncPolicy policy) {
    return new TestRollouts(disk, directory, policy, 1024);
  }

  public Rollouts rollouts() {
    return rollouts;
  }

  public RolloutRef newRef() {
    return rollouts.newRef(ThreadId.next(), NOW);
  }

  /// A rollout that consists of these bytes.
  public RolloutRef holding(byte[] bytes) throws IOException {
    var ref = newRef();
    files.write(ref.path(), bytes);
    return ref;
  }

  /// Puts lines at the end of a file that need not exist, with no check.
  public void append(RolloutRef ref, EncodedLines lines) throws IOException {
    files.append(ref.path(), text(lines));
  }

  public RolloutRef holding(String text) throws IOException {
    return holding(utf8(text));
  }

  public RolloutWriter create(RolloutRef ref) {
    return rollouts.create(ref, sessionMeta(ref), NOW);
  }

  /// A rollout that exists, with its `session_meta` and these items, and nothing open.
  public RolloutRef existing(String... ids) throws IOException {
    var ref = newRef();
    var writer = create(ref);
    writer.append(ids.length == 0 ? EncodedLines.NONE : lines(1, ids));
    writer.close();
    return ref;
  }

  /// The ids of all items in the file but `session_meta`; fails if any line of it is not whole.
  public List<String> stored(RolloutRef ref) throws IOException {
    return stored(ref.path(), files.readString(ref.path()));
  }

  public static List<String> stored(Path path) throws IOException {
    return stored(path, Files.readString(path));
  }

  private static List<String> stored(Path path, String text) {
    assertThat(text).as("last byte of %s", path).endsWith("\n");
    var ids = new ArrayList<String>();
    for (var line : text.split("\n")) {
      var json = JsonMapper.shared().readTree(line);
      if (!json.path("type").asString().equals("session_meta")) {
        ids.add(json.path("id").asString());
      }
    }
    return ids;
  }

  public void compress(RolloutRef ref) throws IOException {
    try (var copy = cold().compress(ref).orElseThrow()) {
      assertThat(copy.replace()).isTrue();
    }
  }

  public RolloutCompressor cold() {
    return new RolloutCompressor(disk, rollouts, dataDir, sync);
  }

  public static Path compressed(RolloutRef ref) {
    return DataDir.compressed(ref.path());
  }

  /// Copies that were begun and not put into their place.
  public List<Path> unfinished() throws IOException {
    try (var files = disk.walk(dataDir.unfinished())) {
      return files.toList();
    }
  }

  public static RolloutItem sessionMeta(RolloutRef ref) {
    return RolloutItem.of("session_meta", RawJson.of("{\"id\":\"%s\"}".formatted(ref.thread())));
  }

  public static RolloutItem item(String id) {
    return new RolloutItem(id, null, "note", RawJson.of("{\"text\":\"of " + id + "\"}"), null);
  }

  public static EncodedLines lines(long firstOrdinal, String... ids) {
    var items = Arrays.stream(ids).map(TestRollouts::item).toList();
    return EncodedLines.encode(items, firstOrdinal, TIMESTAMP);
  }

  public static String text(EncodedLines lines) {
    return StandardCharsets.UTF_8.decode(lines.buffer()).toString();
  }

  /// What the reader makes of all the lines, one after the other.
  public List<RolloutLine> read(RolloutRef ref) throws IOException {
    try (var reader = rollouts.read(ref)) {
      return remaining(reader);
    }
  }

  public static List<RolloutLine> remaining(RolloutReader reader) throws IOException {
    var lines = new ArrayList<RolloutLine>();
    for (var line = reader.next(); line != null; line = reader.next()) {
      lines.add(line);
    }
    return lines;
  }

  /// Names of the files beside the rollout, itself not among them.
  public List<String> beside(RolloutRef ref) throws IOException {
    return files.beside(ref.path());
  }

  public static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
