package dev.rollbook.packaged.torture;

import dev.rollbook.packaged.postgres.PostgresServer;
import dev.rollbook.packaged.postgres.ReplicatedPostgres;
import dev.rollbook.packaged.postgres.TcpRelay;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// The network of three replicas: a link of its own from each replica to the database, and to each
/// other replica.
///
/// All replicas know one by the same name and port. A file of host names, which the JVM reads
/// instead of asking the system, leads each of them to a loopback address of its own, where its
/// link listens.
final class ReplicaLinks implements ThreeReplicas.Links, AutoCloseable {
  private final ReplicatedPostgres postgres;
  private final Path directory;
  private final List<TcpRelay> toDatabase = new ArrayList<>();

  /// By the number of the replica from which the link leads, and of that to which.
  private final TcpRelay[][] links = new TcpRelay[ThreeReplicas.COUNT][ThreeReplicas.COUNT];

  /// @param directory for the files of host names
  ReplicaLinks(ReplicatedPostgres postgres, Path directory) {
    this.postgres = postgres;
    this.directory = directory;
  }

  @Override
  public String environment(int n, int port) {
    var database = postgres.newLink();
    toDatabase.add(database);
    for (int from = 0; from < ThreeReplicas.COUNT; from++) {
      if (from != n) {
        links[from][n] =
            new TcpRelay(
                new InetSocketAddress(InetAddress.ofLiteral(address(from, n)), port), port);
      }
    }
    return "SPRING_DATASOURCE_URL='%s' ROLLBOOK_CLUSTER_ADDRESS=http://replica%d:%d JDK_JAVA_OPTIONS='-Djdk.net.hosts.file=%s'"
        .formatted(PostgresServer.url(database.port()), n, port, hosts(n));
  }

  private static String address(int from, int to) {
    return "127.0.%d.%d".formatted(from + 1, to + 1);
  }

  private Path hosts(int from) {
    var lines =
        new ArrayList<>(List.of("127.0.0.1 localhost", "127.0.0.1 replica%d".formatted(from)));
    IntStream.range(0, ThreeReplicas.COUNT)
        .filter(to -> to != from)
        .forEach(to -> lines.add("%s replica%d".formatted(address(from, to), to)));
    try {
      return Files.write(directory.resolve("hosts" + from), lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  TcpRelay toDatabase(int from) {
    return toDatabase.get(from);
  }

  /// Both directions between two replicas.
  List<TcpRelay> between(int one, int other) {
    return List.of(links[one][other], links[other][one]);
  }

  /// All links that lead to a replica.
  List<TcpRelay> to(int n) {
    return IntStream.range(0, ThreeReplicas.COUNT)
        .filter(from -> from != n)
        .mapToObj(from -> links[from][n])
        .toList();
  }

  /// The links to the database belong to it.
  @Override
  public void close() {
    for (var from : links) {
      for (var link : from) {
        if (link != null) {
          link.close();
        }
      }
    }
  }
}
