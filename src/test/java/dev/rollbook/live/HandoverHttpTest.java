package dev.rollbook.live;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.rollbook.cluster.ThreadHandover;
import dev.rollbook.http.EventClient;
import dev.rollbook.http.HttpTest;
import dev.rollbook.model.ThreadId;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.support.StaticListableBeanFactory;

/// Threads leave the memory of a replica that stops, and go on where they are loaded next.
class HandoverHttpTest extends HttpTest {
  private static final Duration MOST = Duration.ofSeconds(30);

  @Autowired LiveThreads live;
  @Autowired RowFlusher rows;
  private String thread;
  private String turn;

  /// @param begins whether there are peers
  /// @param answers whether the database does
  private record Peers(boolean begins, boolean answers) implements ThreadHandover {
    @Override
    public boolean begin() {
      return begins;
    }

    @Override
    public boolean giveUpIdle() {
      return answers;
    }

    @Override
    public Duration drainTime() {
      return Duration.ZERO;
    }
  }

  @BeforeEach
  void startTurn() {
    thread = client.startThread();
    turn = client.startTurn(thread);
    expect(200, client.append(thread, turn, "1"));
  }

  private void handOver(ThreadHandover peers, Duration most) throws InterruptedException {
    var beans = new StaticListableBeanFactory();
    beans.addBean("peers", peers);
    new Handover(live, rows, beans.getBeanProvider(ThreadHandover.class)).run(most);
  }

  private boolean isLoaded() {
    return live.find(ThreadId.parse(thread)).isPresent();
  }

  @Test
  void aTurnGoesOnAfterItsThreadWasHandedOver() throws Exception {
    try (var follower = EventClient.open(port, thread(thread) + "/events")) {
      handOver(new Peers(true, true), MOST);

      assertThat(isLoaded()).isFalse();
      await().until(follower::isEnded);
    }
    assertThat(client.get(turn(thread, turn)).at("status")).isEqualTo("inProgress");
    assertThat(expect(200, client.append(thread, turn, "2")).at("persistence", "status"))
        .isEqualTo("persisted");
    assertThat(expect(200, client.complete(thread, turn)).at("status")).isEqualTo("completed");
  }

  @Test
  void threadsStayIfThereIsNoOtherReplica() throws Exception {
    handOver(new Peers(false, true), MOST);

    assertThat(isLoaded()).isTrue();
  }

  /// Load balancers of clouds need half a minute to notice that a replica is not ready.
  @Test
  void allThreadsAreHandedOverHoweverLongCallsArePassedOnAfterwards() throws Exception {
    int refusals = 5;
    var asked = new AtomicInteger();
    var peers =
        new ThreadHandover() {
          @Override
          public boolean begin() {
            return true;
          }

          @Override
          public boolean giveUpIdle() {
            return asked.incrementAndGet() > refusals;
          }

          @Override
          public Duration drainTime() {
            return Duration.ofHours(1);
          }
        };
    var stop =
        Thread.ofPlatform()
            .start(() ->
                assertThatThrownBy(() -> handOver(peers, MOST))
                    .isInstanceOf(InterruptedException.class));
    await().until(() -> logged(Level.INFO).stream().anyMatch(line -> line.contains("given up to")));
    int askedBefore = asked.get();
    stop.interrupt();
    stop.join();

    assertThat(askedBefore).isGreaterThan(refusals);
  }

  @Test
  void theStopGoesOnWithoutADatabaseThatIsAway() throws Exception {
    handOver(new Peers(true, false), Duration.ZERO);

    assertThat(logged(Level.WARN)).anyMatch(line -> line.contains("cannot be given up"));
  }
}
