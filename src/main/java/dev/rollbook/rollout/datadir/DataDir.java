package dev.rollbook.rollout.datadir;

import dev.rollbook.model.ThreadId;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.core.env.Environment;

/// Layout of the data-dir. It is the layout of a `CODEX_HOME`, so that Codex can read the rollouts.
///
/// Times in names are UTC. A path that is given as a string is relative to the data-dir, with `/`
/// as separator.
///
/// @param dataDir Directory of the rollouts, the search index and the H2 state-db. Files that
///   Rollbook creates or exports have mode 0600, directories 0700. If other users can enter the
///   data-dir, each start logs one WARN line.
@ConfigurationProperties("rollbook")
public record DataDir(@DefaultValue("./data") Path dataDir) {
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("uuuu/MM/dd").withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter SECOND =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH-mm-ss").withZone(ZoneOffset.UTC);
  private static final Pattern NAME =
      Pattern.compile("rollout-(\\d{4})-(\\d\\d)-(\\d\\d)T\\d\\d-\\d\\d-\\d\\d-(.{36})\\.jsonl");
  private static final Pattern AUDIT = Pattern.compile("audit-\\d{4}-\\d\\d-\\d\\d\\.jsonl");
  private static final String PLAIN = ".jsonl";
  private static final String COMPRESSED = ".zst";
  private static final String SESSIONS = "sessions";
  private static final String ARCHIVED = "archived_sessions";
  private static final String UNFINISHED = "unfinished";
  private static final String SET_ASIDE = "set_aside";

  public DataDir {
    dataDir = dataDir.toAbsolutePath().normalize();
  }

  /// The data-dir of the settings, for code that runs before there are beans.
  public static DataDir of(Environment environment) {
    return Binder.get(environment).bindOrCreate("rollbook", DataDir.class);
  }

  /// Path of the rollout of a new thread.
  public String rolloutPath(ThreadId thread, Instant createdAt) {
    return "%s/%s/%s".formatted(SESSIONS, DAY.format(createdAt), fileName(thread, createdAt));
  }

  /// File name of a rollout that was created at that time.
  public static String fileName(ThreadId thread, Instant createdAt) {
    return "rollout-%s-%s.jsonl".formatted(SECOND.format(createdAt), thread);
  }

  /// Path of a rollout after its thread is archived.
  public static String archived(String rolloutPath) {
    return ARCHIVED + "/" + nameOf(rolloutPath);
  }

  /// Path of a rollout after its thread is unarchived; the day is in its name.
  public static String unarchived(String rolloutPath) {
    var name = nameOf(rolloutPath);
    var parts = NAME.matcher(name);
    return parts.matches()
        ? "%s/%s/%s/%s/%s".formatted(SESSIONS, parts.group(1), parts.group(2), parts.group(3), name)
        : SESSIONS + "/" + name;
  }

  /// Path to which a rollout is set aside if its thread has another one.
  public static String setAside(String rolloutPath) {
    return SET_ASIDE + "/" + rolloutPath;
  }

  /// Whether a file is where archiving or unarchiving a rollout would move it.
  public static boolean isMoveTarget(String other, String rolloutPath) {
    return other.equals(archived(rolloutPath)) || other.equals(unarchived(rolloutPath));
  }

  public static boolean isArchived(String rolloutPath) {
    return rolloutPath.startsWith(ARCHIVED + "/");
  }

  /// Path of the compressed file of a rollout.
  public static String compressed(String rolloutPath) {
    return rolloutPath + COMPRESSED;
  }

  public static Path compressed(Path plain) {
    return plain.resolveSibling(plain.getFileName() + COMPRESSED);
  }

  /// Whether a file is named like a rollout that is not compressed.
  public static boolean isPlain(Path file) {
    var name = String.valueOf(file.getFileName());
    return name.startsWith("rollout-") && name.endsWith(PLAIN);
  }

  /// The name of a compressed rollout without `.zst`; any other file name unchanged.
  public static Path plain(Path file) {
    var name = String.valueOf(file.getFileName());
    return name.startsWith("rollout-") && name.endsWith(PLAIN + COMPRESSED)
        ? file.resolveSibling(name.substring(0, name.length() - COMPRESSED.length()))
        : file;
  }

  /// The thread in the name of a rollout; empty for any other file.
  public static Optional<ThreadId> threadOf(Path file) {
    var parts = NAME.matcher(String.valueOf(file.getFileName()));
    try {
      return parts.matches() ? Optional.of(ThreadId.parse(parts.group(4))) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  public Path resolve(String rolloutPath) {
    return dataDir.resolve(rolloutPath);
  }

  public String relative(Path file) {
    return dataDir.relativize(file).toString().replace('\\', '/');
  }

  public Path sessions() {
    return dataDir.resolve(SESSIONS);
  }

  public Path archivedSessions() {
    return dataDir.resolve(ARCHIVED);
  }

  /// Directory of files that are still being written.
  public Path unfinished() {
    return dataDir.resolve(UNFINISHED);
  }

  public Path unfinishedCopy() {
    return unfinished().resolve(UUID.randomUUID() + ".jsonl");
  }

  /// Directory of the search index.
  public Path searchIndex() {
    return dataDir.resolve("search");
  }

  /// File of the tombstones of deleted threads.
  Path tombstones() {
    return dataDir.resolve("deleted.jsonl");
  }

  /// Directory of the journal of skips.
  public Path skippedDirectory() {
    return dataDir.resolve("skipped");
  }

  /// File of the journal of skips.
  public Path skipped(String name) {
    return skippedDirectory().resolve(name + ".jsonl");
  }

  /// Directory of [DisplacedLines].
  Path displaced() {
    return dataDir.resolve("displaced");
  }

  /// Directory of the audit.
  public Path auditDirectory() {
    return dataDir.resolve("audit");
  }

  /// File of the audit of a day.
  public Path audit(LocalDate day) {
    return auditDirectory().resolve("audit-%s.jsonl".formatted(day));
  }

  /// Whether a file is named like one of the audit.
  public static boolean isAudit(Path file) {
    return AUDIT.matcher(String.valueOf(file.getFileName())).matches();
  }

  /// File of the token that `rollbook.security.local-token` creates.
  public Path localToken() {
    return dataDir.resolve("token");
  }

  Path sessionIndex() {
    return dataDir.resolve("session_index.jsonl");
  }

  private static String nameOf(String rolloutPath) {
    return rolloutPath.substring(rolloutPath.lastIndexOf('/') + 1);
  }
}
