/// What an append costs beside the HTTP stack that carries it, and what those who follow a thread
/// take from it. Run with `./mvnw -B -Dquick -Dtest=ThroughputBenchmark test`; a plain `test`
/// leaves all benchmarks out.
@NullMarked
package dev.rollbook.benchmark;

import org.jspecify.annotations.NullMarked;
