package dev.rollbook.codex;

import java.nio.file.Path;
import java.util.List;

/// Result of an export. It is serialized as it is.
///
/// @param path of the thread's rollout in the home of Codex
/// @param outcome `created`, `extended` or `unchanged`
/// @param files that were written: this one, those that its history begins in, the index of names
public record Exported(String path, long bytes, String outcome, List<String> files) {
  static Exported of(Path path, long bytes, String outcome, List<Path> files) {
    return new Exported(
        path.toString(), bytes, outcome, files.stream().map(Path::toString).toList());
  }
}
