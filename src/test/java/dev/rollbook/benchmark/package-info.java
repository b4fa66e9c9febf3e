/// What an append costs beside the HTTP stack that carries it. Run with `./mvnw -B -Dquick
/// -Dtest=AppendBenchmark test`; a plain `test` leaves it out.
@NullMarked
package dev.rollbook.benchmark;

import org.jspecify.annotations.NullMarked;
