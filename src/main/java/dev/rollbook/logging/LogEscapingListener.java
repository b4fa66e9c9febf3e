package dev.rollbook.logging;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.EncoderBase;
import java.util.Set;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.boot.context.logging.LoggingApplicationListener;
import org.springframework.context.ApplicationListener;
import org.springframework.core.annotation.Order;

/// Wraps the encoder of each console and file appender in an [EscapingEncoder], as soon as Spring
/// Boot has configured logging. This works for log patterns and for structured formats.
@Order(LoggingApplicationListener.DEFAULT_ORDER + 1)
final class LogEscapingListener
    implements ApplicationListener<ApplicationEnvironmentPreparedEvent> {
  @Override
  public void onApplicationEvent(ApplicationEnvironmentPreparedEvent prepared) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      for (var logger : context.getLoggerList()) {
        logger
            .iteratorForAppenders()
            .forEachRemaining(appender -> {
              if (appender instanceof OutputStreamAppender<ILoggingEvent> output) {
                escape(output);
              }
            });
      }
    }
  }

  static void escape(OutputStreamAppender<ILoggingEvent> output) {
    if (output.getEncoder() != null && !(output.getEncoder() instanceof EscapingEncoder)) {
      var encoder = new EscapingEncoder(output.getEncoder());
      encoder.setContext(output.getContext());
      encoder.start();
      output.setEncoder(encoder);
    }
  }

  /// Escapes the characters of a log event that could end a line, move the cursor of a terminal or
  /// change the text direction, before another encoder formats it as a pattern or JSON.
  ///
  /// Otherwise a directory named `x\n2026-01-01 ERROR ...` could forge a log line.
  private static final class EscapingEncoder extends EncoderBase<ILoggingEvent> {
    /// Spring Boot's report of a failed start has several lines.
    private static final Set<String> MULTI_LINE_LOGGERS =
        Set.of("org.springframework.boot.diagnostics.LoggingFailureAnalysisReporter");

    private final Encoder<ILoggingEvent> encoder;

    EscapingEncoder(Encoder<ILoggingEvent> encoder) {
      this.encoder = encoder;
    }

    @Override
    public byte[] headerBytes() {
      return encoder.headerBytes();
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
      return encoder.encode(
          MULTI_LINE_LOGGERS.contains(event.getLoggerName()) ? event : EscapedTexts.of(event));
    }

    @Override
    public byte[] footerBytes() {
      return encoder.footerBytes();
    }
  }
}
