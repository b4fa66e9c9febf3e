/// JDBC templates and the mapping between records and tables, for the repositories of the
/// [state-db][dev.rollbook.statedb].
///
/// [TableMapping] maps rows to records, and has their INSERT. [RowWrites] has the writes that every
/// repository has. [GroupInsert] inserts the rows of concurrent callers together.
/// [StateDbJdbcTemplate] chooses the connection pool of a statement.
@NullMarked
@NamedInterface("jdbc")
package dev.rollbook.statedb.jdbc;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
