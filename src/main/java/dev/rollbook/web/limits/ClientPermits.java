package dev.rollbook.web.limits;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashMap;
import java.util.Map;

/// Counting semaphore that never blocks, and limits each [Client] to a share of the permits.
public final class ClientPermits {
  private final int permits;
  private final int perAddress;
  private final int perCaller;

  @GuardedBy("this")
  private final Map<Client, Integer> held = new HashMap<>();

  @GuardedBy("this")
  private int inUse;

  ClientPermits(int permits, int perAddress, int perCaller) {
    this.permits = permits;
    this.perAddress = perAddress;
    this.perCaller = perCaller;
  }

  /// Acquires a permit if one is free.
  public synchronized Outcome tryAcquire(Client client) {
    int own = held.getOrDefault(client, 0);
    if (inUse >= permits) {
      return Outcome.ALL_IN_USE;
    }
    if (own >= share(client)) {
      return Outcome.SHARE_IN_USE;
    }
    inUse++;
    held.put(client, own + 1);
    return Outcome.ACQUIRED;
  }

  private int share(Client client) {
    return switch (client.kind()) {
      case ADDRESS -> perAddress;
      case CALLER -> perCaller;
      case REPLICA -> permits;
    };
  }

  public synchronized void release(Client client) {
    inUse--;
    held.computeIfPresent(client, (same, own) -> own == 1 ? null : own - 1);
  }

  synchronized int inUse() {
    return inUse;
  }

  /// Result of [#tryAcquire].
  public enum Outcome {
    ACQUIRED,
    ALL_IN_USE,
    SHARE_IN_USE
  }
}
