/// What differs between the databases that can hold the state-db: [StateDbDialect], with one class
/// for each database.
@NullMarked
package dev.rollbook.statedb.dialect;

import org.jspecify.annotations.NullMarked;
