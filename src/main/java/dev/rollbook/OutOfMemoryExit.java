package dev.rollbook;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.EventArgUtil;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/// Terminates the process on an `OutOfMemoryError` in any thread. The JVM flag
/// `-XX:+ExitOnOutOfMemoryError` does the same, but neither a jar nor a running JVM can set this
/// flag.
///
/// Such an error can end any thread. If it ended Tomcat's poller thread, for example, the service
/// would hang. The error is detected when it ends a thread, and when it is logged at any level,
/// even as the cause of another exception.
final class OutOfMemoryExit extends TurboFilter implements Thread.UncaughtExceptionHandler {
  /// Exit status of the JVM's own flag.
  private static final int STATUS = 3;

  private static final int MAX_CAUSES = 32;

  /// Allocated in advance, because there may be no memory later.
  private static final byte[] MESSAGE =
      "Terminating due to java.lang.OutOfMemoryError: give the service more heap (-Xmx)\n"
          .getBytes(StandardCharsets.US_ASCII);

  private OutOfMemoryExit() {}

  /// Must be called after logging is set up, which removes all filters.
  static void install() {
    var exit = new OutOfMemoryExit();
    Thread.setDefaultUncaughtExceptionHandler(exit);
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext logging) {
      logging.addTurboFilter(exit);
    }
  }

  @Override
  public void uncaughtException(Thread thread, Throwable failure) {
    exitIfOutOfMemory(failure);
    LoggerFactory.getLogger(OutOfMemoryExit.class)
        .error("thread {} ended by an unexpected failure, please report it", thread, failure);
  }

  @Override
  public FilterReply decide(
      @Nullable Marker marker,
      Logger logger,
      Level level,
      @Nullable String format,
      Object @Nullable [] parameters,
      @Nullable Throwable failure) {
    exitIfOutOfMemory(failure == null ? EventArgUtil.extractThrowable(parameters) : failure);
    return FilterReply.NEUTRAL;
  }

  private static void exitIfOutOfMemory(@Nullable Throwable failure) {
    var cause = failure;
    for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
      if (cause instanceof OutOfMemoryError) {
        exit();
      }
      cause = cause.getCause();
    }
  }

  private static void exit() {
    try {
      System.out.write(MESSAGE, 0, MESSAGE.length);
      System.out.flush();
    } finally {
      Runtime.getRuntime().halt(STATUS);
    }
  }
}
