package dev.rollbook.search;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// Settings of the search: whether items are indexed, and the memory for indexing.
///
/// @param enabled Whether items are indexed and can be searched.
/// @param ramBuffer Memory for indexed items that are not yet in a file of the index. Allowed: 1MB
///   to 1GB.
@ConfigurationProperties("rollbook.search")
record SearchProperties(
    @DefaultValue("true") boolean enabled, @DefaultValue("16MB") DataSize ramBuffer) {

  private static final long MAX_MEGABYTES = 1024;

  SearchProperties {
    if (ramBuffer.toMegabytes() < 1 || ramBuffer.toMegabytes() > MAX_MEGABYTES) {
      throw new IllegalArgumentException(
          "rollbook.search.ram-buffer must be from 1MB to 1GB but is " + ramBuffer);
    }
  }
}
