package dev.rollbook.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.access.Access;
import dev.rollbook.access.Owner;
import dev.rollbook.event.Event.ItemsAppended;
import dev.rollbook.event.Event.ThreadStarted;
import dev.rollbook.event.Subscription.Signal;
import dev.rollbook.model.ThreadId;
import dev.rollbook.text.RawJson;
import dev.rollbook.worker.WorkerFailures;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

/// One ring for all who follow: each gets everything in order, or is told that it lost something.
class EventRingTest {
  private static final ThreadId THREAD = ThreadId.next();
  private static final long ALL = Long.MAX_VALUE;

  private final EventDispatcher dispatcher =
      new EventDispatcher(new WorkerFailures(Clock.systemUTC()));
  private final EventBus events =
      new EventBus(dispatcher, new EventProperties(16, null, Duration.ofSeconds(1)), List.of());

  @BeforeEach
  void start() {
    dispatcher.start();
  }

  @AfterEach
  void stop() {
    dispatcher.stop();
  }

  @Test
  void eventsPublishedBeforeTheSubscriptionAreNotDelivered() throws InterruptedException {
    append(0, 1);
    try (var subscription = events.subscribe(THREAD)) {
      append(1, 1);

      assertThat(subscription.await()).isEqualTo(Signal.READY);
      assertThat(ordinals(subscription.next(ALL))).containsExactly(1L);
      assertThat(subscription.await()).isEqualTo(Signal.QUIET);
    }
  }

  @Test
  void noEventIsEncodedWithoutSubscribers() {
    events.subscribe(THREAD).close();

    events.publishItems(
        THREAD,
        () -> {
          throw new AssertionError("nobody follows");
        });
  }

  @Test
  void aSubscriberThatLagsBehindTheRingIsNotified() {
    try (var subscription = events.subscribe(THREAD)) {
      for (int ordinal = 0; ordinal < 17; ordinal++) {
        append(ordinal, 1);
      }

      assertThat(subscription.isLagging()).isTrue();
      assertThat(subscription.next(ALL)).isEmpty();
    }
  }

  @Test
  void aFullRingStillDeliversItsEvents() {
    try (var subscription = events.subscribe(THREAD)) {
      for (int ordinal = 0; ordinal < 16; ordinal++) {
        append(ordinal, 1);
      }

      assertThat(subscription.isLagging()).isFalse();
      assertThat(subscription.next(ALL)).hasSize(16);
    }
  }

  @Test
  void aBatchCountsAsItsItemsAndTheNewestEventIsAlwaysKept() {
    try (var subscription = events.subscribe(THREAD)) {
      append(0, 100);
      assertThat(ordinals(subscription.next(ALL))).containsExactly(99L);

      append(100, 10);
      append(110, 10);
      assertThat(subscription.isLagging()).isTrue();
    }
  }

  @Test
  void largeEventsAreKeptWithinTheByteLimit() {
    var megabytes = RawJson.of(("\"" + "x".repeat(6 << 20) + "\""));
    try (var subscription = events.subscribe(THREAD)) {
      for (int n = 0; n < 3; n++) {
        publish(new ItemsAppended(THREAD, n, List.of(megabytes), true, null, null));
      }

      assertThat(subscription.isLagging()).isTrue();
    }
  }

  @Test
  void theLargestRingIsTrimmedFirstWhenAllTogetherExceedTheLimit() {
    var narrow =
        new EventBus(
            dispatcher,
            new EventProperties(16, DataSize.ofKilobytes(64), Duration.ofSeconds(1)),
            List.of());
    var quiet = ThreadId.next();
    var kilobytes = List.of(RawJson.of("\"" + "x".repeat(8 << 10) + "\""));
    try (var one = narrow.subscribe(THREAD);
        var other = narrow.subscribe(quiet)) {
      narrow.publishItems(quiet, () -> new ItemsAppended(quiet, 0, kilobytes, true, null, null));
      for (int n = 0; n < 12; n++) {
        var items = new ItemsAppended(THREAD, n, kilobytes, true, null, null);
        narrow.publishItems(THREAD, () -> items);
      }

      assertThat(one.isLagging()).isTrue();
      assertThat(other.isLagging()).isFalse();
      assertThat(ordinals(other.next(ALL))).containsExactly(0L);
    }
  }

  @Test
  void aReadStopsAtItsByteLimitButHasAtLeastOneEvent() {
    try (var subscription = events.subscribe(THREAD)) {
      append(0, 1);
      append(1, 1);

      assertThat(ordinals(subscription.next(1))).containsExactly(0L);
      assertThat(ordinals(subscription.next(1))).containsExactly(1L);
    }
  }

  @Test
  void allSubscribersGetTheSameBytes() {
    try (var one = events.subscribe(THREAD);
        var other = events.subscribe(THREAD)) {
      append(0, 1);

      assertThat(one.next(ALL).getFirst().bytes()).isSameAs(other.next(ALL).getFirst().bytes());
    }
  }

  @Test
  void subscribersOfAllThreadsGetLifecycleEventsButNoItems() throws InterruptedException {
    try (var subscription = events.subscribeToAll(Access.ALL)) {
      append(0, 1);
      events.publish(Owner.NONE, new ThreadStarted(THREAD), Instant.EPOCH);

      assertThat(subscription.await()).isEqualTo(Signal.READY);
      assertThat(text(subscription.next(ALL)))
          .isEqualTo(
              """
              event: thread/started
              data: {"threadId":"%s","at":"1970-01-01T00:00:00.000Z"}

              """
                  .formatted(THREAD));
    }
  }

  @Test
  void aSubscriptionToAllThreadsPassesOverThoseThatTheCallerDoesNotSee()
      throws InterruptedException {
    var mine = new Owner("mine", "me");
    var others = new Owner("theirs", "them");
    try (var subscription = events.subscribeToAll(new Access(mine, "mine", null, false))) {
      publishStarts(others, 8);
      publishStarts(mine, 1);
      publishStarts(others, 1);
      publishStarts(mine, 1);

      assertThat(subscription.await()).isEqualTo(Signal.READY);
      assertThat(subscription.next(ALL)).hasSize(2);
      publishStarts(others, 1);
      assertThat(subscription.isLagging()).isFalse();
      assertThat(subscription.await()).isEqualTo(Signal.QUIET);
    }
  }

  private void publishStarts(Owner owner, int count) {
    for (int n = 0; n < count; n++) {
      events.publish(owner, new ThreadStarted(ThreadId.next()), Instant.EPOCH);
    }
  }

  @Test
  void aSubscriptionThatIsEndedGetsNothingMoreAndTheOthersGoOn() throws Exception {
    try (var subscription = events.subscribe(THREAD);
        var other = events.subscribe(THREAD);
        var reader = Executors.newVirtualThreadPerTaskExecutor()) {
      var last =
          reader.submit(() -> {
            var signal = subscription.await();
            while (signal == Signal.QUIET) {
              signal = subscription.await();
            }
            return signal;
          });
      subscription.end();
      assertThat(last.get()).isEqualTo(Signal.ENDED);

      append(0, 1);

      assertThat(subscription.await()).isEqualTo(Signal.ENDED);
      assertThat(other.await()).isEqualTo(Signal.READY);
    }
  }

  @Test
  void aSubscriptionEndsAfterTheLastEventOfADeletedThread() throws InterruptedException {
    try (var subscription = events.subscribe(THREAD)) {
      append(0, 1);
      events.close(THREAD);

      assertThat(subscription.await()).isEqualTo(Signal.READY);
      subscription.next(ALL);
      assertThat(subscription.await()).isEqualTo(Signal.ENDED);
    }
    assertThat(events.subscribers()).isZero();
  }

  @Test
  void allSubscriptionsEndWhenTheServiceStopsIncludingLaterOnes() throws Exception {
    try (var waiting = Executors.newVirtualThreadPerTaskExecutor();
        var ofThread = events.subscribe(THREAD);
        var ofAll = events.subscribeToAll(Access.ALL)) {
      List<Callable<Signal>> both = List.of(ofThread::await, ofAll::await);
      var signals = both.stream().map(waiting::submit).toList();
      events.closeAll();

      for (var signal : signals) {
        assertThat(signal.get()).isEqualTo(Signal.ENDED);
      }
      try (var later = events.subscribe(ThreadId.next());
          var laterOfAll = events.subscribeToAll(Access.ALL)) {
        assertThat(later.await()).isEqualTo(Signal.ENDED);
        assertThat(laterOfAll.await()).isEqualTo(Signal.ENDED);
      }
    }
  }

  @Test
  void manyReadersGetEverythingInOrderWhileItIsPublished() throws Exception {
    int last = 20_000;
    var wide =
        new EventBus(
            dispatcher, new EventProperties(100_000, null, Duration.ofSeconds(20)), List.of());
    try (var readers = Executors.newVirtualThreadPerTaskExecutor()) {
      var all =
          IntStream.range(0, 50)
              .mapToObj(n -> wide.subscribe(THREAD))
              .map(subscription -> readers.submit(() -> read(subscription, last)))
              .toList();
      for (long ordinal = 0; ordinal <= last; ordinal++) {
        var items = items(ordinal, 1);
        wide.publishItems(THREAD, () -> items);
      }

      var expected = LongStream.rangeClosed(0, last).boxed().toList();
      for (var one : all) {
        assertThat(one.get()).isEqualTo(expected);
      }
    }
    await().until(() -> wide.subscribers() == 0);
  }

  private static List<Long> read(Subscription subscription, long last) throws InterruptedException {
    var got = new ArrayList<Long>();
    try (subscription) {
      while (got.isEmpty() || got.getLast() < last) {
        assertThat(subscription.await()).isEqualTo(Signal.READY);
        got.addAll(ordinals(subscription.next(ALL)));
      }
    }
    return got;
  }

  private void append(long first, int count) {
    publish(items(first, count));
  }

  private void publish(ItemsAppended items) {
    events.publishItems(THREAD, () -> items);
  }

  private static ItemsAppended items(long first, int count) {
    return new ItemsAppended(
        THREAD, first, Collections.nCopies(count, RawJson.of("{}")), true, null, null);
  }

  private static List<Long> ordinals(List<EncodedEvent> frames) {
    return frames.stream().map(EncodedEvent::lastOrdinal).toList();
  }

  private static String text(List<EncodedEvent> frames) {
    return new String(frames.getFirst().bytes(), StandardCharsets.UTF_8);
  }
}
