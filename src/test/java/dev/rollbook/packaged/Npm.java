package dev.rollbook.packaged;

import dev.rollbook.operating.InstalledPrograms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// npm packages, installed below the build's directory and run from there.
public final class Npm {
  private static final int INSTALLING_SECONDS = 300;

  private Npm() {}

  /// A place of its own beside the jar.
  public static Path directory(String name) {
    var jar = Path.of(System.getProperty("rollbook.jar", "target/rollbook.jar"));
    return jar.toAbsolutePath().resolveSibling(name);
  }

  /// @param packages with their versions; none for those that a `package.json` there names
  /// @return false where npm, or the registry, is not to be had
  public static boolean installs(Path directory, Path log, String... packages) throws Exception {
    var npm =
        new ArrayList<>(
            List.of(
                "npm",
                "install",
                "--prefix",
                directory.toString(),
                "--no-save",
                "--no-package-lock",
                "--no-audit",
                "--no-fund"));
    npm.addAll(List.of(packages));
    try {
      return InstalledPrograms.end(new ProcessBuilder(npm), log, INSTALLING_SECONDS) == 0;
    } catch (IOException noNpm) {
      Files.writeString(log, noNpm.toString());
      return false;
    }
  }
}
