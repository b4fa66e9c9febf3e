package dev.rollbook.http;

import dev.rollbook.model.ThreadId;
import dev.rollbook.reconcile.RowRebuilder;
import dev.rollbook.rollout.Rollouts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.springframework.context.ApplicationContext;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/// A rollout of a real Codex with a new thread id, so that no two tests share a thread.
public record CodexSample(String thread, String name, String text) {
  private static final int ID = 36;

  public static CodexSample sample(String sample) {
    return samples("classpath:samples/" + sample + "__*.jsonl").getFirst();
  }

  public static List<CodexSample> all() {
    return samples("classpath:samples/*.jsonl");
  }

  private static List<CodexSample> samples(String pattern) {
    try {
      var files = new ArrayList<CodexSample>();
      for (var file : new PathMatchingResourcePatternResolver().getResources(pattern)) {
        files.add(read(file.getFilePath()));
      }
      return files;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static CodexSample read(Path file) throws IOException {
    var name = file.getFileName().toString().replaceFirst(".*__", "");
    var old = name.substring(name.length() - ID - ".jsonl".length()).substring(0, ID);
    var id = UUID.randomUUID().toString();
    return new CodexSample(id, name.replace(old, id), Files.readString(file).replace(old, id));
  }

  public CodexSample with(String newText) {
    return new CodexSample(thread, name, newText);
  }

  public List<String> lines() {
    return text.lines().toList();
  }

  /// Where it lies below a home of Codex, or the data-dir.
  public Path in(Path home) {
    return home.resolve("sessions/2026/11/22").resolve(name);
  }

  public CodexSample writeTo(Path home) {
    try {
      Files.createDirectories(in(home).getParent());
      Files.writeString(in(home), text);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// As the service finds it in its data-dir at a start.
  public CodexSample foundBy(ApplicationContext service) {
    var path = HttpTest.dataDir().relativize(in(HttpTest.dataDir())).toString();
    var ref = service.getBean(Rollouts.class).ref(ThreadId.parse(thread), path);
    try {
      HttpTest.filesOf(service).writeString(ref.path(), text);
      service.getBean(RowRebuilder.class).insert(ref);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
