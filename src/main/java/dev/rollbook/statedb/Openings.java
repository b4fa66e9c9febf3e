package dev.rollbook.statedb;

import java.util.concurrent.atomic.AtomicInteger;
import org.h2.api.DatabaseEventListener;
import org.springframework.stereotype.Component;

/// Counts how often H2 opened its file: more than once means that it may have lost its last
/// commits.
///
/// H2 writes commits half a second late. On a full disk it closes itself, and the next connection
/// opens it again as it was, with no error on the way. Other databases keep what they committed.
@Component
public class Openings {
  private static final AtomicInteger COUNT = new AtomicInteger();

  /// Grows when commits may have been lost; equal numbers mean that none were between.
  public int count() {
    return COUNT.get();
  }

  /// Made by H2, hence public.
  public static final class Listener implements DatabaseEventListener {
    /// Unlike `init`, which H2 calls for every new connection.
    @Override
    public void opened() {
      COUNT.incrementAndGet();
    }
  }
}
