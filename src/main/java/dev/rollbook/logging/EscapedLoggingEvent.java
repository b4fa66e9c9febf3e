package dev.rollbook.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Log event with escaped unprintable characters, both in its own message and in the messages of
/// its exceptions.
final class EscapedLoggingEvent extends LoggingEvent {
  private final @Nullable IThrowableProxy failure;

  private EscapedLoggingEvent(
      ILoggingEvent event, String message, @Nullable IThrowableProxy failure) {
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

  /// The event itself if nothing needs escaping.
  static ILoggingEvent of(ILoggingEvent event) {
    var message = Escapes.of(event.getFormattedMessage());
    var failure = event.getThrowableProxy();
    return failure == null && message.equals(event.getFormattedMessage())
        ? event
        : new EscapedLoggingEvent(
            event, message, failure == null ? null : new EscapedFailure(failure));
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

  /// Replaces unprintable characters with Java escapes: `\n`, `\u001b`.
  static final class Escapes {
    private Escapes() {}

    static @Nullable String ofNullable(@Nullable String text) {
      return text == null ? null : of(text);
    }

    /// The text itself if nothing needs escaping.
    static String of(String text) {
      if (text.codePoints().noneMatch(Escapes::isUnprintable)) {
        return text;
      }
      var escaped = new StringBuilder(text.length() + 16);
      text.codePoints().forEach(character -> append(character, escaped));
      return escaped.toString();
    }

    private static void append(int character, StringBuilder text) {
      switch (character) {
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        case '\t' -> text.append("\\t");
        default -> {
          if (isUnprintable(character)) {
            Character.toString(character)
                .chars()
                .forEach(unit -> text.append("\\u%04x".formatted(unit)));
          } else {
            text.appendCodePoint(character);
          }
        }
      }
    }

    /// Control and format characters (terminal escapes, text direction), Unicode line ends and
    /// unpaired surrogates.
    private static boolean isUnprintable(int character) {
      return switch (Character.getType(character)) {
        case Character.CONTROL,
            Character.FORMAT,
            Character.LINE_SEPARATOR,
            Character.PARAGRAPH_SEPARATOR,
            Character.SURROGATE ->
            true;
        default -> false;
      };
    }
  }
}
