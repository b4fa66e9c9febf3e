package dev.rollbook.codex.ingest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Files of an imported directory that do not have the name of a rollout. If the directory has no
/// rollout at all, the error message of the import says what these files are.
final class NonRolloutFiles {
  private static final Logger log = LoggerFactory.getLogger(NonRolloutFiles.class);
  private static final int MAX_LOOKED_AT = 20;

  private final RolloutIdentifier identity;
  private final List<Path> first = new ArrayList<>();
  private long count;

  NonRolloutFiles(RolloutIdentifier identity) {
    this.identity = identity;
  }

  void add(Path real) {
    count++;
    if (first.size() < MAX_LOOKED_AT && String.valueOf(real.getFileName()).contains(".json")) {
      first.add(real);
    }
  }

  /// Whether the name looks like that of a copied or renamed rollout.
  static boolean looksLikeRollout(Path file) {
    var name = String.valueOf(file.getFileName());
    return name.startsWith("rollout-") && name.contains(".jsonl");
  }

  /// Error message for a path without rollouts.
  String nothingToImport() {
    var text =
        new StringBuilder(
            "there is nothing to import: no rollout (rollout-<time>-<thread id>.jsonl) is here");
    if (count == 0) {
      return text.append(", nor any other file").toString();
    }
    text.append(", but other files: ").append(count);
    var byKind = new LinkedHashMap<String, List<Path>>();
    first.forEach(file -> byKind.computeIfAbsent(kind(file), none -> new ArrayList<>()).add(file));
    byKind.forEach((kind, files) -> {
      text.append("; ").append(files.getFirst());
      if (files.size() > 1) {
        text.append(" (and ").append(files.size() - 1).append(" more)");
      }
      text.append(" ").append(kind);
    });
    return text.toString();
  }

  private String kind(Path file) {
    try {
      return identity.of(file).isPresent()
          ? "is a rollout with another name: import it by its path"
          : "is not a regular file";
    } catch (IOException e) {
      log.debug("{} is not a rollout", file, e);
      return ImportFailedException.cause(e);
    }
  }
}
