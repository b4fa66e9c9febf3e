package dev.rollbook.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// An eighth of the capacity is free after an eviction, and what goes first is in order.
class EvictionTest {
  private static final int CAPACITY = 80;

  private final List<Entry> entries = new ArrayList<>();
  private final Eviction<Entry> eviction =
      new Eviction<>(CAPACITY, Entry::size, Entry::lastUsed, Entry::evict);

  @Test
  void nothingIsEvictedUpToSevenEighths() {
    fill(7);

    eviction.makeRoom(entries);

    assertThat(left()).hasSize(7);
  }

  @Test
  void theOldestEntriesAreEvictedUntilAnEighthIsFree() {
    fill(9);

    eviction.makeRoom(entries);

    assertThat(left()).containsExactly(2, 3, 4, 5, 6, 7, 8);
    assertThat(eviction.isFull()).isFalse();
  }

  @Test
  void entriesInUseAreSkipped() {
    fill(9);
    entry(0).inUse = true;

    eviction.makeRoom(entries);

    assertThat(left()).containsExactly(0, 3, 4, 5, 6, 7, 8);
  }

  @Test
  void aDivisibleEntryFreesOnlyWhatIsNeeded() {
    fill(9);
    entry(0).divisible = true;
    entry(0).size = 65;

    eviction.makeRoom(entries);

    // 145 are held, and 70 may stay: 65 of the first one, and one other.
    assertThat(entries.stream().mapToLong(Entry::size).sum()).isEqualTo(70);

    entry(0).size = 15;
    eviction.makeRoom(entries);

    assertThat(entry(0).size).isZero();
    assertThat(left()).hasSize(7);

    entry(0).size = 30;
    entry(8).size = 0;
    eviction.makeRoom(entries);

    assertThat(entry(0).size).isEqualTo(10);
  }

  @Test
  void entriesRemovedWithoutReportAreNotEvictedAgain() {
    eviction.added(CAPACITY);
    assertThat(eviction.isFull()).isFalse();
    eviction.added(1);
    assertThat(eviction.isFull()).isTrue();
    fill(1);

    eviction.makeRoom(entries);

    assertThat(left()).hasSize(1);
    assertThat(eviction.isFull()).isFalse();
    eviction.added(CAPACITY - 10);
    assertThat(eviction.isFull()).isFalse();
    eviction.added(1);
    assertThat(eviction.isFull()).isTrue();
  }

  @Test
  @Timeout(60)
  void oneThreadEvictsForAllAndOthersDoNotWait() throws Exception {
    fill(9);
    var reached = new CountDownLatch(1);
    var letGo = new CountDownLatch(1);
    entry(0).evicting =
        () -> {
          reached.countDown();
          awaitUninterruptibly(letGo);
        };
    var first = CompletableFuture.runAsync(() -> eviction.makeRoom(entries));
    reached.await();

    eviction.makeRoom(entries);

    assertThat(left()).hasSize(9);
    letGo.countDown();
    first.get();
    assertThat(left()).hasSize(7);
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Those not used for longest come last, so that their place does not make them go first.
  private void fill(int count) {
    IntStream.range(0, count).map(n -> count - 1 - n).mapToObj(Entry::new).forEach(entries::add);
  }

  private Entry entry(int number) {
    return entries.stream().filter(entry -> entry.number == number).findFirst().orElseThrow();
  }

  private List<Integer> left() {
    return entries.stream()
        .filter(entry -> entry.size > 0)
        .map(entry -> entry.number)
        .sorted()
        .toList();
  }

  private static final class Entry {
    private final int number;
    private long size = 10;
    private boolean inUse;
    private boolean divisible;
    private Runnable evicting = () -> {};

    Entry(int number) {
      this.number = number;
    }

    long size() {
      return size;
    }

    long lastUsed() {
      return number;
    }

    long evict(long wanted) {
      evicting.run();
      if (inUse) {
        return 0;
      }
      long evicted = divisible ? Math.min(size, wanted) : size;
      size -= evicted;
      return evicted;
    }
  }
}
