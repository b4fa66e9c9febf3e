package dev.rollbook.codex;

import dev.rollbook.model.RollbookException.CodexHomeNotAllowed;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.OtherHomes;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import org.springframework.stereotype.Component;

/// Which directories an operator has opened, whatever links lead there.
@Component
class CodexHomes {
  private final ExportProperties properties;
  private final OtherHomes files;

  CodexHomes(ExportProperties properties, OtherHomes files) {
    this.properties = properties;
    this.files = files;
  }

  /// @throws CodexHomeNotAllowed also for a directory that is not there: nobody learns which are
  CodexHome require(ThreadId thread, String wanted) throws IOException {
    var real = real(wanted);
    for (var allowed : properties.codexHomes()) {
      if (real.isPresent() && files.realPath(allowed).equals(real)) {
        return new CodexHome(files, real.get());
      }
    }
    throw new CodexHomeNotAllowed(thread, wanted);
  }

  private Optional<Path> real(String wanted) throws IOException {
    try {
      var path = Path.of(wanted);
      return path.isAbsolute() ? files.realPath(path) : Optional.empty();
    } catch (InvalidPathException noPath) {
      return Optional.empty();
    }
  }
}
