package dev.rollbook.codex;

import java.nio.file.Path;
import java.util.List;

/// What an export came to.
///
/// @param path of the thread's rollout in the home of Codex
/// @param outcome `created`, `extended` or `unchanged`
/// @param files that were written: this one, those that its history begins in, the index of names
public record Exported(Path path, long bytes, String outcome, List<Path> files) {
  public Exported {
    files = List.copyOf(files);
  }
}
