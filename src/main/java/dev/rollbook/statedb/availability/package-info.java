/// What happens while the state-db is away or all its connections are in use.
///
/// [CircuitBreakerDataSource] is a circuit breaker around the connection pool,
/// [StateDbAvailability] tells whether the database answers, [StateDbHealth] and
/// [RepeatedFailureLogFilter] report that it does not.
@NullMarked
@NamedInterface("availability")
package dev.rollbook.statedb.availability;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
