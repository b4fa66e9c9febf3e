package dev.rollbook.api;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// Bounds of requests.
///
/// @param maxBodySize the largest JSON body, which is held in memory as a whole; a larger one gets
///   413
/// @param uploadTimeout how long the sender of an upload may be silent before it gets 408
@ConfigurationProperties("rollbook.http")
record HttpProperties(
    @DefaultValue("32MB") DataSize maxBodySize, @DefaultValue("1h") Duration uploadTimeout) {

  HttpProperties {
    if (maxBodySize.toBytes() < 1024 || maxBodySize.toMegabytes() > 1024) {
      throw new IllegalArgumentException(
          "rollbook.http.max-body-size must be from 1KB to 1GB but is " + maxBodySize);
    }
    if (uploadTimeout.toMillis() < 10 || uploadTimeout.toDays() > 7) {
      throw new IllegalArgumentException(
          "rollbook.http.upload-timeout must be from 10ms to 7d but is " + uploadTimeout);
    }
  }
}
