package dev.rollbook.api;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// Bounds of requests.
///
/// @param maxBodySize the largest JSON body, which is held in memory as a whole; a larger one gets
///   413
@ConfigurationProperties("rollbook.http")
record HttpProperties(@DefaultValue("32MB") DataSize maxBodySize) {
  HttpProperties {
    if (maxBodySize.toBytes() < 1024 || maxBodySize.toMegabytes() > 1024) {
      throw new IllegalArgumentException(
          "rollbook.http.max-body-size must be from 1KB to 1GB but is " + maxBodySize);
    }
  }
}
