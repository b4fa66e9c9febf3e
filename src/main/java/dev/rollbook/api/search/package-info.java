/// Full-text search.
@NullMarked
package dev.rollbook.api.search;

import org.jspecify.annotations.NullMarked;
