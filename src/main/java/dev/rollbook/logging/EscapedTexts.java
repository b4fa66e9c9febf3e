package dev.rollbook.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import java.lang.reflect.Proxy;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// View of a log event in which Java escapes, such as `\n` and `\u001b`, replace the unprintable
/// characters of the message, and of the messages of its exceptions.
final class EscapedTexts {
  /// Control and format characters (terminal escapes, text direction), Unicode line ends and
  /// unpaired surrogates.
  private static final Pattern UNPRINTABLE =
      Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}]");

  private EscapedTexts() {}

  /// The event itself if nothing needs escaping.
  static ILoggingEvent of(ILoggingEvent event) {
    return event.getThrowableProxy() == null
            && !UNPRINTABLE.matcher(event.getFormattedMessage()).find()
        ? event
        : view(ILoggingEvent.class, event);
  }

  private static <T> T view(Class<T> type, T target) {
    return type.cast(
        Proxy.newProxyInstance(
            EscapedTexts.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> escaped(method.invoke(target, arguments))));
  }

  private static @Nullable Object escaped(@Nullable Object value) {
    return switch (value) {
      case String text -> escaped(text);
      case IThrowableProxy failure -> view(IThrowableProxy.class, failure);
      case IThrowableProxy[] failures ->
          Stream.of(failures)
              .map(failure -> view(IThrowableProxy.class, failure))
              .toArray(IThrowableProxy[]::new);
      case null -> null;
      default -> value;
    };
  }

  private static String escaped(String text) {
    return UNPRINTABLE
        .matcher(text)
        .replaceAll(found -> Matcher.quoteReplacement(escape(found.group())));
  }

  private static String escape(String character) {
    return switch (character) {
      case "\n" -> "\\n";
      case "\r" -> "\\r";
      case "\t" -> "\\t";
      default -> character.chars().mapToObj("\\u%04x"::formatted).collect(Collectors.joining());
    };
  }
}
