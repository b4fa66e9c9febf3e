package dev.rollbook.storage;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Settings of rollouts in the database.
///
/// @param acceptUnreplicated Whether the health is `UP` although commits wait for no synchronous
///   standby. Set it if the disk of PostgreSQL is replicated, or if the loss of that disk may lose
///   history.
@ConfigurationProperties("rollbook.database")
record DatabaseStorageProperties(@DefaultValue("false") boolean acceptUnreplicated) {}
