package dev.rollbook.packaged.postgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
///
/// Connections that come later are not even accepted after [#refuse], as where no process listens,
/// and after [#drop], as where packets are lost.
public final class TcpRelay implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 * 1024;
  private static final int CHUNKS_IN_FLIGHT = 64;
  private static final int CONNECT_MILLIS = 2000;
  private static final int BIND_MILLIS = 5000;
  private static final int BACKLOG = 50;

  /// How long a connection is tried that fills the backlog: one that fits is accepted at once.
  private static final int FILL_MILLIS = 100;

  private final InetSocketAddress address;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<Socket> filling = new ArrayList<>();
  private boolean passes = true;
  private volatile ServerSocket server;
  private volatile Duration delay = Duration.ZERO;
  private volatile int target;

  /// @param target port on this machine
  public TcpRelay(int target) {
    this(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), target);
  }

  /// @param listening where it listens
  /// @param target port on this machine
  public TcpRelay(InetSocketAddress listening, int target) {
    this.target = target;
    this.server = listen(listening, BACKLOG);
    this.address = new InetSocketAddress(listening.getAddress(), server.getLocalPort());
    accept(server);
  }

  /// Where it listens.
  public int port() {
    return address.getPort();
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

  /// Resets all connections, and refuses those that come later, until [#pass].
  public synchronized void refuse() {
    stopListening();
    cut();
  }

  /// Like [#blackHole], but connections that come later are neither accepted nor refused: their
  /// opening takes until [#pass] or until their own end.
  public synchronized void drop() {
    blackHole();
    stopListening();
    // The kernel answers nothing more when the backlog is full.
    server = listen(address, 1);
    try {
      while (true) {
        var filler = new Socket();
        filling.add(filler);
        filler.connect(address, FILL_MILLIS);
      }
    } catch (SocketTimeoutException full) {
      // As wanted.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public synchronized void pass() {
    setPasses(true);
    if (!filling.isEmpty()) {
      filling.forEach(TcpRelay::reset);
      filling.clear();
      stopListening();
    }
    if (server.isClosed()) {
      server = listen(address, BACKLOG);
      accept(server);
    }
  }

  private void stopListening() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ServerSocket listen(InetSocketAddress at, int backlog) {
    long begun = System.nanoTime();
    while (true) {
      try {
        var socket = new ServerSocket();
        socket.bind(at, backlog);
        return socket;
      } catch (BindException e) {
        // A call of accept that is in progress keeps a closed socket open for a moment.
        if (System.nanoTime() - begun > TimeUnit.MILLISECONDS.toNanos(BIND_MILLIS)) {
          throw new UncheckedIOException(e);
        }
        Thread.yield();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
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

  private void accept(ServerSocket from) {
    Thread.ofVirtual()
        .start(() -> {
          while (!from.isClosed()) {
            try {
              var link = new Link(from.accept());
              links.add(link);
              Thread.ofVirtual().start(link::open);
            } catch (IOException closed) {
              // The next connection, or the end of listening.
            }
          }
        });
  }

  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      // It is closed already.
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
      TcpRelay.reset(from);
      TcpRelay.reset(to);
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
  public synchronized void close() {
    stopListening();
    filling.forEach(TcpRelay::reset);
    cut();
    setPasses(true);
  }
}
