package dev.rollbook.packaged;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.http.RollbookClient.Answer;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Appends a hundred items a second in the background, and checks that each is answered in time.
final class ConstantRateAppender implements AutoCloseable {
  private static final Duration BETWEEN = Duration.ofMillis(10);
  private static final Duration LONGEST = Duration.ofSeconds(10);

  private final RollbookClient client;
  private final String thread;
  private final String turn;
  private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
  private final ScheduledExecutorService appending = Executors.newScheduledThreadPool(1);
  private final AtomicInteger appended = new AtomicInteger();
  private volatile long begun = System.nanoTime();

  ConstantRateAppender(RollbookClient client) {
    this.client = client;
    this.thread = client.startThread();
    this.turn = client.startTurn(thread);
    append();
    long between = BETWEEN.toMillis();
    appending.scheduleWithFixedDelay(this::append, between, between, TimeUnit.MILLISECONDS);
  }

  private void append() {
    try {
      var answer = client.append(thread, turn, "\"of others\"");
      answered(answer, Duration.ofNanos(System.nanoTime() - begun));
      begun = System.nanoTime() + BETWEEN.toNanos();
    } catch (UncheckedIOException unanswered) {
      failures.add(unanswered.toString());
    }
  }

  private void answered(Answer answer, Duration took) {
    if (answer.status() != 200 || took.compareTo(LONGEST) > 0) {
      failures.add(answer.status() + " after " + took + ": " + answer.text());
    }
    appended.incrementAndGet();
  }

  /// @throws AssertionError if one was not answered well, or is not there
  @Override
  public void close() {
    appending.close();
    assertThat(failures).isEmpty();
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(LONGEST);
    assertThat(client.lines(thread)).hasSize(appended.get() + 2);
  }
}
