package dev.rollbook.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A log event whose message, and those of its exceptions, have no character that is not printed.
final class EscapedEvent extends LoggingEvent {
  private final @Nullable IThrowableProxy failure;

  private EscapedEvent(ILoggingEvent event, String message, @Nullable IThrowableProxy failure) {
    this.failure = failure;
    setLoggerName(event.getLoggerName());
    setLoggerContextRemoteView(event.getLoggerContextVO());
    setThreadName(event.getThreadName());
    setLevel(event.getLevel());
    setMessage(message);
    setInstant(event.getInstant());
    setSequenceNumber(event.getSequenceNumber());
    setMDCPropertyMap(event.getMDCPropertyMap());
    setKeyValuePairs(event.getKeyValuePairs());
    if (event.getMarkerList() != null) {
      event.getMarkerList().forEach(this::addMarker);
    }
  }

  /// The event itself where there is nothing to escape.
  static ILoggingEvent of(ILoggingEvent event) {
    var message = Escapes.of(event.getFormattedMessage());
    var failure = event.getThrowableProxy();
    return failure == null && message.equals(event.getFormattedMessage())
        ? event
        : new EscapedEvent(event, message, failure == null ? null : new EscapedFailure(failure));
  }

  @Override
  @SuppressWarnings("NullAway") // Logback is not annotated
  public IThrowableProxy getThrowableProxy() {
    return failure;
  }

  /// An exception and its causes.
  private record EscapedFailure(IThrowableProxy failure) implements IThrowableProxy {
    @Override
    @SuppressWarnings("NullAway")
    public String getOverridingMessage() {
      return Escapes.ofNullable(failure.getOverridingMessage());
    }

    @Override
    @SuppressWarnings("NullAway")
    public String getMessage() {
      return Escapes.ofNullable(failure.getMessage());
    }

    @Override
    public String getClassName() {
      return failure.getClassName();
    }

    @Override
    public StackTraceElementProxy[] getStackTraceElementProxyArray() {
      return failure.getStackTraceElementProxyArray();
    }

    @Override
    public int getCommonFrames() {
      return failure.getCommonFrames();
    }

    @Override
    @SuppressWarnings("NullAway")
    public IThrowableProxy getCause() {
      return failure.getCause() == null ? null : new EscapedFailure(failure.getCause());
    }

    @Override
    @SuppressWarnings("NullAway")
    public IThrowableProxy[] getSuppressed() {
      return failure.getSuppressed() == null
          ? null
          : Stream.of(failure.getSuppressed())
              .map(EscapedFailure::new)
              .toArray(IThrowableProxy[]::new);
    }

    @Override
    public boolean isCyclic() {
      return failure.isCyclic();
    }
  }
}
