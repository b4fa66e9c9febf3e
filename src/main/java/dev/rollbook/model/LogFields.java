package dev.rollbook.model;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/// MDC fields for the thread and turn that log lines are about. `close` restores the previous
/// values. It must be called on the Java thread that created the object.
public final class LogFields implements AutoCloseable {
  public static final String THREAD = "threadId";
  public static final String TURN = "turnId";

  private final @Nullable Map<String, String> before = MDC.getCopyOfContextMap();

  private LogFields() {}

  public static LogFields of(ThreadId thread) {
    return new LogFields().with(THREAD, thread.toString());
  }

  public static LogFields of(ThreadId thread, @Nullable TurnId turn) {
    var fields = of(thread);
    return turn == null ? fields : fields.with(TURN, turn.toString());
  }

  /// No fields yet; [#with] adds them.
  public static LogFields none() {
    return new LogFields();
  }

  public LogFields with(String name, String value) {
    MDC.put(name, value);
    return this;
  }

  @Override
  public void close() {
    if (before == null) {
      MDC.clear();
    } else {
      MDC.setContextMap(before);
    }
  }
}
