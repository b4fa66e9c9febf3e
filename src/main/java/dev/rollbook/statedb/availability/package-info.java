/// Behaviour while the state-db does not answer, or all its connections are in use.
///
/// [CircuitBreakerDataSource] is a circuit breaker around the connection pool.
/// [StateDbAvailability] says whether the state-db answers. [StateDbHealth] shows it as health.
/// [RepeatedFailureLogFilter] limits log lines about failures.
@NullMarked
@NamedInterface("availability")
package dev.rollbook.statedb.availability;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
