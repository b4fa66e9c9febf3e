package dev.rollbook.packaged.postgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// TCP relay: one link, whose faults the test decides.
///
/// It passes bytes, late if a delay is set. [#cut] resets all connections. [#blackHole] keeps them
/// open, and those that come later, but passes nothing, not even their end, until [#pass]. Like
/// packets that are sent again, the bytes of that time arrive afterwards.
public final class TcpRelay implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 * 1024;
  private static final int CHUNKS_IN_FLIGHT = 64;
  private static final int CONNECT_MILLIS = 2000;

  private final ServerSocket server;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private boolean passes = true;
  private volatile Duration delay = Duration.ZERO;
  private volatile int target;

  /// @param target port on this machine
  public TcpRelay(int target) {
    this.target = target;
    try {
      this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  /// Where it listens.
  public int port() {
    return server.getLocalPort();
  }

  /// Later connections lead to another port. Those that are open stay.
  public void leadTo(int port) {
    target = port;
  }

  /// From now on, bytes arrive that much later, in both directions.
  public void delay(Duration each) {
    delay = each;
  }

  public void blackHole() {
    setPasses(false);
  }

  public void pass() {
    setPasses(true);
  }

  /// Resets all open connections.
  public void cut() {
    links.forEach(Link::reset);
  }

  private void setPasses(boolean wanted) {
    lock.lock();
    try {
      passes = wanted;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void awaitPassing() throws InterruptedException {
    lock.lock();
    try {
      while (!passes) {
        changed.await();
      }
    } finally {
      lock.unlock();
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        var link = new Link(server.accept());
        links.add(link);
        Thread.ofVirtual().start(link::open);
      } catch (IOException closed) {
        // The next connection, or the end of the test.
      }
    }
  }

  /// Both ends of a connection.
  private final class Link {
    private final Socket from;
    private final Socket to = new Socket();

    Link(Socket from) {
      this.from = from;
    }

    void open() {
      try {
        awaitPassing();
        to.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target), CONNECT_MILLIS);
        to.setTcpNoDelay(true);
        from.setTcpNoDelay(true);
        new Direction(this, from, to).start();
        new Direction(this, to, from).start();
      } catch (IOException | InterruptedException e) {
        reset();
      }
    }

    void reset() {
      links.remove(this);
      for (var end : new Socket[] {from, to}) {
        try {
          end.setSoLinger(true, 0);
          end.close();
        } catch (IOException e) {
          // It is closed already.
        }
      }
    }

    void close() {
      links.remove(this);
      for (var end : new Socket[] {from, to}) {
        try {
          end.close();
        } catch (IOException e) {
          // It is closed already.
        }
      }
    }
  }

  /// @param due when it is to arrive, by [System#nanoTime]
  /// @param bytes none at the end
  private record Chunk(long due, byte[] bytes) {}

  /// One direction of a connection: a thread that reads, and one that delivers in time.
  private final class Direction {
    private final Link link;
    private final Socket from;
    private final Socket to;
    private final BlockingQueue<Chunk> chunks = new ArrayBlockingQueue<>(CHUNKS_IN_FLIGHT);

    Direction(Link link, Socket from, Socket to) {
      this.link = link;
      this.from = from;
      this.to = to;
    }

    void start() {
      Thread.ofVirtual().start(this::read);
      Thread.ofVirtual().start(this::deliver);
    }

    private void read() {
      var buffer = new byte[BUFFER_BYTES];
      try {
        int read;
        do {
          read = readOrEnd(buffer);
          var due = System.nanoTime() + delay.toNanos();
          chunks.put(new Chunk(due, Arrays.copyOf(buffer, Math.max(0, read))));
        } while (read > 0);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private int readOrEnd(byte[] buffer) {
      try {
        return from.getInputStream().read(buffer);
      } catch (IOException reset) {
        return -1;
      }
    }

    private void deliver() {
      try {
        for (var chunk = chunks.take(); chunk.bytes().length > 0; chunk = chunks.take()) {
          TimeUnit.NANOSECONDS.sleep(chunk.due() - System.nanoTime());
          awaitPassing();
          to.getOutputStream().write(chunk.bytes());
        }
        awaitPassing();
      } catch (IOException reset) {
        // The other end is gone.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      link.close();
    }
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    cut();
    pass();
  }
}
