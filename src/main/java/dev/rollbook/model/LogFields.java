package dev.rollbook.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/// Names the thread and turn that log lines speak of, so that structured logs have them as fields.
///
/// To be closed by whoever opened it, on the same Java thread; then the fields are as before.
public final class LogFields implements AutoCloseable {
  public static final String THREAD = "threadId";
  public static final String TURN = "turnId";

  private final List<Before> before = new ArrayList<>(2);

  private LogFields() {}

  /// Lines until it is closed speak of a thread.
  public static LogFields of(ThreadId thread) {
    return new LogFields().with(THREAD, thread.toString());
  }

  /// Lines until it is closed speak of a turn.
  public static LogFields of(ThreadId thread, @Nullable TurnId turn) {
    var fields = of(thread);
    return turn == null ? fields : fields.with(TURN, turn.toString());
  }

  /// Fields that are to be named one by one.
  public static LogFields none() {
    return new LogFields();
  }

  public LogFields with(String name, String value) {
    before.add(new Before(name, MDC.get(name)));
    MDC.put(name, value);
    return this;
  }

  @Override
  public void close() {
    before.reversed().forEach(Before::restore);
  }

  private record Before(String name, @Nullable String value) {
    void restore() {
      if (value == null) {
        MDC.remove(name);
      } else {
        MDC.put(name, value);
      }
    }
  }
}
