package dev.rollbook.operating;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/// Programs of the machine, which a test uses where they are.
public final class Programs {
  private Programs() {}

  /// The first of the names that is installed; without any the test is passed over.
  public static Path orPassOver(String... names) {
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
}
