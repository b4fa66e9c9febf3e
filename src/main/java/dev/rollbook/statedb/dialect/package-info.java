/// Differences between the databases that can hold the state-db. [StateDbDialect] has one
/// implementation for each database.
@NullMarked
package dev.rollbook.statedb.dialect;

import org.jspecify.annotations.NullMarked;
