package dev.rollbook.rollout.disk;

import dev.rollbook.rollout.disk.FaultyDisk.Call;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

/// Blocks the next matching call of a disk until the test releases it.
public final class BlockedDiskCall {
  private final CompletableFuture<Void> reached = new CompletableFuture<>();
  private final CompletableFuture<Void> letGo = new CompletableFuture<>();

  public BlockedDiskCall(FaultyDisk disk, Predicate<Call> which) {
    var held = new AtomicBoolean();
    disk.fail(
        call -> {
          if (which.test(call) && held.compareAndSet(false, true)) {
            reached.complete(null);
            letGo.join();
          }
          return false;
        },
        FaultyDisk.inputOutputError());
  }

  public void awaitReached() {
    reached.join();
  }

  public void letGo() {
    letGo.complete(null);
  }
}
