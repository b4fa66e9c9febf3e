package dev.rollbook.operating;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Programs that a test uses if they are installed.
public final class InstalledPrograms {
  private InstalledPrograms() {}

  /// The first of the names that is installed. If none is, the test is skipped.
  public static Path orSkip(String... names) {
    var found =
        Arrays.stream(names)
            .flatMap(name ->
                Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                    .map(directory -> Path.of(directory, name)))
            .filter(Files::isExecutable)
            .findFirst();
    assumeTrue(found.isPresent(), () -> "none of %s is on the PATH".formatted(List.of(names)));
    return found.get();
  }

  /// Runs a program and returns its exit code; -1 on a timeout.
  public static int end(ProcessBuilder command, Path output, int seconds) throws Exception {
    var process =
        command
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .start();
    try {
      return process.waitFor(seconds, TimeUnit.SECONDS) ? process.exitValue() : -1;
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().onExit().join();
    }
  }
}
