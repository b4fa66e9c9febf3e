package dev.rollbook.logging;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.boot.context.logging.LoggingApplicationListener;
import org.springframework.context.ApplicationListener;
import org.springframework.core.Ordered;

/// Puts an [EscapingEncoder] before each appender to the console or a file, as soon as Spring Boot
/// has configured the logging: once for patterns and structured formats alike.
final class EscapedLogs
    implements ApplicationListener<ApplicationEnvironmentPreparedEvent>, Ordered {
  @Override
  public int getOrder() {
    return LoggingApplicationListener.DEFAULT_ORDER + 1;
  }

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
}
