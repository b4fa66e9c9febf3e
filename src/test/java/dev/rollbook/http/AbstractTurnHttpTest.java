package dev.rollbook.http;

import org.junit.jupiter.api.BeforeEach;

/// Base class of tests that need a thread with a running turn.
public abstract class AbstractTurnHttpTest extends HttpTest {
  protected String thread;
  protected String turn;

  @BeforeEach
  protected void startATurn() {
    thread = client.startThread();
    turn = client.startTurn(thread);
  }
}
