package dev.rollbook.rollout.line;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/// The rollouts that Codex wrote, and their lines.
public final class SampleLines {
  private SampleLines() {}

  public static List<byte[]> files() throws IOException {
    var files = new ArrayList<byte[]>();
    for (var file :
        new PathMatchingResourcePatternResolver().getResources("classpath:samples/*.jsonl")) {
      files.add(Files.readAllBytes(file.getFilePath()));
    }
    return files;
  }

  static List<byte[]> all() throws IOException {
    var lines = new ArrayList<byte[]>();
    for (var file : files()) {
      var all = new EncodedLines(file, file.length).lines();
      all.forEach(line -> lines.add(line.toByteArray()));
    }
    return lines;
  }
}
