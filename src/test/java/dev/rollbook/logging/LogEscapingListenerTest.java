package dev.rollbook.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.OutputStreamAppender;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A name in the log is one line of it, whatever is in the name.
class LogEscapingListenerTest {
  private final LoggerContext context = new LoggerContext();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @BeforeEach
  void start() {
    context.setMDCAdapter(new LogbackMDCAdapter());
    var encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern("%level %msg%n%ex");
    encoder.start();
    var appender = new OutputStreamAppender<ILoggingEvent>();
    appender.setContext(context);
    appender.setEncoder(encoder);
    appender.setOutputStream(out);
    appender.start();
    context.getLogger("ROOT").addAppender(appender);
    LogEscapingListener.escape(appender);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\n",
        "\r",
        "\r\n",
        "\u2028",
        "\u2029",
        "\u0085",
        "\u001b[2J",
        "\u009b2J",
        "\u0000",
        "\u007f",
        "\b",
        "\u202e",
        "\u2066",
        "\ud800",
        "\udb40\udc41"
      })
  void nonPrintableCharactersAreEscaped(String character) {
    context.getLogger("x").warn("cannot read {}", "a" + character + "ERROR forged");

    assertThat(text())
        .matches("WARN cannot read a(\\\\[nr]|\\\\u[0-9a-f]{4}|\\[2J|2J)+ERROR forged\n");
  }

  @Test
  void exceptionMessagesAreEscapedAndStackTracesKept() {
    var cause = new IOException("c\nERROR forged");
    cause.addSuppressed(new IOException("s\u2028ERROR forged"));
    context.getLogger("x").warn("failed", new IllegalStateException("a\nERROR forged", cause));

    assertThat(text())
        .contains(
            "a\\nERROR forged\n",
            "Caused by: java.io.IOException: c\\nERROR forged\n",
            "s\\u2028ERROR forged\n")
        .contains("\n\tat " + LogEscapingListenerTest.class.getName())
        .doesNotContain("\nERROR");
  }

  @Test
  void printableTextIsUnchanged() {
    context.getLogger("x").warn("{} {}", "Grüße 你好 \ud83d\ude00", "C:\\x\\n");

    assertThat(text()).isEqualTo("WARN Grüße 你好 \ud83d\ude00 C:\\x\\n\n");
  }

  private String text() {
    return out.toString(StandardCharsets.UTF_8);
  }
}
