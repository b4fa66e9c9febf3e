/// What happens while the state-db is away or all its connections are in use.
///
/// [FailFastDataSource] is a circuit breaker around the connection pool, [StateDb] tells whether
/// the database answers, [StateDbHealth] and [RepeatedFailures] report that it does not.
@NullMarked
@NamedInterface("availability")
package dev.rollbook.statedb.availability;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
