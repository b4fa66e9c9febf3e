package dev.rollbook.storage;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Where rollouts are stored.
///
/// @param storage Where rollouts and the other files of the data-dir are stored. `files`: in the
///   data-dir. `database`: in the PostgreSQL database of `spring.datasource.url`. The data-dir then
///   has only the search index and other files that can be lost.
@ConfigurationProperties("rollbook")
record StorageProperties(@DefaultValue("files") Kind storage) {
  enum Kind {
    FILES,
    DATABASE
  }
}
