/// PostgreSQL servers and network links whose faults a test decides.
///
/// [PostgresServer] is a real server, or a standby made from a copy of one, with what an operator
/// does to it: start, stop, crash, promote. [TcpRelay] is one link between two programs: it passes,
/// delays, cuts or swallows what is sent. Both need no rights that a user does not have.
package dev.rollbook.packaged.postgres;
