package dev.rollbook.packaged.postgres;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// PostgreSQL primary with a streaming standby, the link between them, and an address that stays
/// the same over failovers.
public final class ReplicatedPostgres implements AutoCloseable {
  private static final String STANDBY = "standby";

  private final Path directory;
  private final boolean synchronous;
  private final List<TcpRelay> addresses = new ArrayList<>();
  private final TcpRelay link;
  private PostgresServer primary;
  private PostgresServer standby;
  private int standbys;

  private ReplicatedPostgres(Path directory, boolean synchronous, PostgresServer primary) {
    this.directory = directory;
    this.synchronous = synchronous;
    this.primary = primary;
    this.link = new TcpRelay(primary.port());
  }

  /// @param synchronous whether a commit is acknowledged only if the standby has it
  public static ReplicatedPostgres create(Path directory, boolean synchronous) throws IOException {
    var primary = PostgresServer.create(directory.resolve("primary"));
    var servers = new ReplicatedPostgres(directory, synchronous, primary);
    try {
      servers.addStandby(PostgresServer.freePort());
    } catch (IOException | RuntimeException | Error e) {
      servers.close();
      throw e;
    }
    return servers;
  }

  /// The address behind which the test moves the primary, as an operator does with a name or with a
  /// proxy.
  public String url() {
    return PostgresServer.url(newLink().port());
  }

  /// The same as a link of its own, for one client.
  public TcpRelay newLink() {
    var created = new TcpRelay(primary.port());
    addresses.add(created);
    return created;
  }

  /// The addresses of both servers, of which the driver finds the primary.
  public String urlOfAll() {
    return PostgresServer.url(primary.port(), standby.port());
  }

  /// What the standby receives the WAL over.
  public TcpRelay link() {
    return link;
  }

  public PostgresServer primary() {
    return primary;
  }

  public PostgresServer standby() {
    return standby;
  }

  /// Waits until the standby has all commits so far.
  public void awaitStandby() {
    primary.awaitReceived(STANDBY);
  }

  /// Crashes the primary, and promotes the standby. Then there is no standby, until one is
  /// [#replaceLost].
  public void failOver() {
    primary.stopImmediately();
    standby.promote();
    for (var address : addresses) {
      address.leadTo(standby.port());
      address.cut();
    }
  }

  /// Makes a new standby from a copy of the promoted one, at the address of the primary that was
  /// lost.
  public void replaceLost() throws IOException {
    int port = primary.port();
    primary.close();
    primary = standby;
    link.leadTo(primary.port());
    link.cut();
    link.pass();
    addStandby(port);
  }

  private void addStandby(int port) throws IOException {
    var copy = directory.resolve(STANDBY + ++standbys);
    standby = primary.standby(STANDBY, link.port(), copy, port);
    if (synchronous) {
      primary.requireStandby(STANDBY);
    }
  }

  @Override
  public void close() {
    addresses.forEach(TcpRelay::close);
    link.close();
    primary.close();
    if (standby != null) {
      standby.close();
    }
  }
}
