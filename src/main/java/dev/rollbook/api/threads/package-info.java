/// Threads: start, fork, list, change, archive, delete.
@NullMarked
package dev.rollbook.api.threads;

import org.jspecify.annotations.NullMarked;
