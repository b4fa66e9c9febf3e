package dev.rollbook.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.EncoderBase;
import java.util.Set;

/// Encodes log events with the characters escaped that could end a line, move the cursor of a
/// terminal or turn the direction of text, whatever the encoder behind it writes: a pattern or
/// JSON.
///
/// A directory called `x\n2026-01-01 ERROR ...` would otherwise be a log line of its own.
final class EscapingEncoder extends EncoderBase<ILoggingEvent> {
  /// The report that ends a failed start is made of lines, and by Spring Boot.
  private static final Set<String> OF_LINES =
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
        OF_LINES.contains(event.getLoggerName()) ? event : EscapedEvent.of(event));
  }

  @Override
  public byte[] footerBytes() {
    return encoder.footerBytes();
  }

  @Override
  public void start() {
    encoder.start();
    super.start();
  }

  @Override
  public void stop() {
    super.stop();
    encoder.stop();
  }
}
