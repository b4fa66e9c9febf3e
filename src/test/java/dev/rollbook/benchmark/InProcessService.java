package dev.rollbook.benchmark;

import dev.rollbook.access.Access;
import dev.rollbook.model.AppendOutcome.Persisted;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.turn.TurnService;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.util.FileSystemUtils;

/// The service in this JVM, called without HTTP.
final class InProcessService implements AutoCloseable {
  private final Path directory;
  private final ConfigurableApplicationContext context;
  private final TurnService turns;

  InProcessService(String... settings) throws IOException, ClassNotFoundException {
    directory = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "benchmark-");
    var application = new SpringApplication(Class.forName("dev.rollbook.RollbookApplication"));
    var arguments = List.of("--server.port=0", "--rollbook.data-dir=" + directory.resolve("data"));
    context =
        application.run(
            Stream.concat(arguments.stream(), List.of(settings).stream()).toArray(String[]::new));
    turns = context.getBean(TurnService.class);
  }

  InetSocketAddress address() {
    int port = context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  void append(BenchmarkThreads.Conversation to, RolloutItem item) throws IOException {
    var outcome =
        turns.append(
            Access.ALL, ThreadId.parse(to.thread()), TurnId.parse(to.turn()), List.of(item), null);
    if (!(outcome instanceof Persisted)) {
      throw new IOException("not persisted: " + outcome);
    }
  }

  @Override
  public void close() throws IOException {
    context.close();
    FileSystemUtils.deleteRecursively(directory);
  }
}
