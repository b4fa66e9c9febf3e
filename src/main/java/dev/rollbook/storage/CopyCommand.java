package dev.rollbook.storage;

import dev.rollbook.model.StartupException;
import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.rollout.disk.LocalDisk;
import dev.rollbook.rollout.disk.StorageFaults;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/// The command `--rollbook.copy.from=DIR --rollbook.copy.to=database`, and its reverse.
///
/// It does not start the service. A copy from a data-dir may run beside the service that uses it:
/// run the command again after that service has stopped, to copy what has changed since. The target
/// is locked: by the membership of the database, or by the lock of the data-dir.
public final class CopyCommand {
  private static final String FROM = "--rollbook.copy.from=";
  private static final String TO = "--rollbook.copy.to=";
  private static final String DATABASE = "database";
  private static final long REPORT_NANOS = 2_000_000_000L;
  private static final String USAGE =
      "usage: java -jar rollbook.jar --rollbook.copy.from=DIR --rollbook.copy.to=database, or the"
          + " reverse; spring.datasource.url names the database";

  private final PrintStream out;
  private long reportedAt;

  private CopyCommand(PrintStream out) {
    this.out = out;
  }

  /// Whether the arguments of the process are those of this command.
  public static boolean isMeant(List<String> arguments) {
    return arguments.stream().anyMatch(argument -> argument.startsWith("--rollbook.copy."));
  }

  /// @return exit status of the process: 0 if source and target are equal, 3 if files were still
  ///   being written
  public static int run(List<String> arguments) {
    return run(arguments, System.out, System.err);
  }

  static int run(List<String> arguments, PrintStream out, PrintStream err) {
    return new CopyCommand(out).run(arguments, err);
  }

  private int run(List<String> arguments, PrintStream err) {
    var from = value(FROM, arguments);
    var to = value(TO, arguments);
    if (from.isEmpty() || to.isEmpty() || from.equals(DATABASE) == to.equals(DATABASE)) {
      err.println(USAGE);
      return 2;
    }
    var directory = Path.of(from.equals(DATABASE) ? to : from).toAbsolutePath().normalize();
    try (var database = CopyDatabase.open(arguments, directory, to.equals(DATABASE))) {
      var local = new DataDirFiles(new LocalDisk(directory), directory);
      var rows = new DataDirFiles(database.disk(), directory);
      var result =
          to.equals(DATABASE)
              ? copy(local, directory.toString(), rows, database::requireHeld)
              : copy(rows, database.identity(), local, () -> {});
      out.println(result);
      if (result.changing() > 0) {
        out.println("run the command again, after the service that writes the files has stopped");
        return 3;
      }
      return 0;
    } catch (StartupException e) {
      err.println(e.getMessage() + " " + e.remedy());
      return 2;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    } catch (IOException e) {
      err.println("the copy failed, and can be repeated: " + StorageFaults.shortCause(e));
      return 1;
    }
  }

  private DiskCopy.Progress copy(
      DataDirFiles source, String name, DataDirFiles target, IoRecovery.Action fence)
      throws IOException {
    try (var marker = CopyMarker.open(target, name)) {
      reportedAt = System.nanoTime();
      return new DiskCopy(source, target, marker, fence, this::report).run();
    }
  }

  private void report(DiskCopy.Progress progress) {
    if (System.nanoTime() - reportedAt > REPORT_NANOS) {
      reportedAt = System.nanoTime();
      out.println(progress);
    }
  }

  private static String value(String option, List<String> arguments) {
    return arguments.stream()
        .filter(argument -> argument.startsWith(option))
        .map(argument -> argument.substring(option.length()))
        .findFirst()
        .orElse("");
  }
}
