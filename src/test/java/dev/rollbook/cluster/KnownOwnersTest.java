package dev.rollbook.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.model.ThreadId;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class KnownOwnersTest {
  private static final int MOST = 16;
  private static final UUID REPLICA = UUID.randomUUID();

  private final KnownOwners owners = new KnownOwners((long) MOST * KnownOwners.BYTES);

  @Test
  void theLastOwnerIsKnown() {
    var thread = ThreadId.next();
    assertThat(owners.find(thread)).isEmpty();
    owners.set(thread, UUID.randomUUID());
    owners.set(thread, REPLICA);
    assertThat(owners.find(thread)).contains(REPLICA);
    owners.set(thread, null);
    assertThat(owners.find(thread)).isEmpty();
  }

  @Test
  void theMemoryIsLimitedAndTheLatestStay() {
    var threads = Stream.generate(ThreadId::next).limit(100L * MOST).toList();
    threads.forEach(thread -> owners.set(thread, REPLICA));

    var known = threads.stream().filter(thread -> owners.find(thread).isPresent()).toList();
    assertThat(known).hasSizeBetween(1, MOST).contains(threads.getLast());
    assertThat(threads.subList(0, threads.size() - MOST)).doesNotContainAnyElementsOf(known);
  }
}
