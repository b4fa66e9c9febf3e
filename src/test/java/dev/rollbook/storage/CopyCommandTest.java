package dev.rollbook.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.rollout.datadir.DataDirLock;
import dev.rollbook.statedb.RealPostgres;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.mock.env.MockEnvironment;

/// The command that copies between a data-dir and a database.
class CopyCommandTest {
  @TempDir Path directory;
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

  @Test
  void aDataDirIsACopyOfOneDatabase() throws Exception {
    var first = databaseWith("first");
    var second = databaseWith("second");
    var target = directory.resolve("target");
    assertThat(run(first, "database", target.toString())).isZero();
    assertThat(run(first, "database", target.toString())).isZero();

    assertThat(run(second, "database", target.toString())).isEqualTo(2);

    assertThat(error()).contains("earlier copy from jdbc:postgresql:", first, second);
    assertThat(error()).doesNotContain("user=");
    assertThat(target.resolve("sessions/first.jsonl")).hasContent("first");
    assertThat(target.resolve("sessions/second.jsonl")).doesNotExist();
  }

  @Test
  void aDataDirThatAServiceUsesIsNotWritten() throws Exception {
    var database = databaseWith("thread");
    var target = directory.resolve("target");
    try (var service = new DataDirLock()) {
      service.setEnvironment(
          new MockEnvironment().withProperty("rollbook.data-dir", target.toString()));
      service.postProcessBeanFactory(new DefaultListableBeanFactory());

      assertThat(run(database, "database", target.toString())).isEqualTo(2);
      assertThat(error()).contains("in use by another Rollbook");
      assertThat(target.resolve("sessions")).doesNotExist();
    }

    assertThat(run(database, "database", target.toString())).isZero();
    assertThat(target.resolve("sessions/thread.jsonl")).hasContent("thread");
  }

  private String databaseWith(String name) throws IOException {
    var database = RealPostgres.newDatabase();
    var source = directory.resolve(name);
    Files.createDirectories(source.resolve("sessions"));
    Files.writeString(source.resolve("sessions").resolve(name + ".jsonl"), name + "\n");
    assertThat(run(database, source.toString(), "database")).isZero();
    return database;
  }

  private int run(String database, String from, String to) {
    return CopyCommand.run(
        List.of(
            "--rollbook.copy.from=" + from,
            "--rollbook.copy.to=" + to,
            "--spring.datasource.url=" + RealPostgres.url(database)),
        new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
        new PrintStream(errors, true, StandardCharsets.UTF_8));
  }

  private String error() {
    return errors.toString(StandardCharsets.UTF_8);
  }
}
