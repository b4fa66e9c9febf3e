/// JDBC templates and the mapping between records and tables, for the repositories of the
/// [state-db][dev.rollbook.statedb].
///
/// [TableMapping] is the row mapper and the INSERT of a record, [RowWrites] the writes that every
/// repository has. [StateDbJdbcTemplate] chooses the pool of connections for a statement.
@NullMarked
@NamedInterface("jdbc")
package dev.rollbook.statedb.jdbc;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
