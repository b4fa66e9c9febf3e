/// Responses to failures: [ApiExceptionHandler] is the only place that maps them.
@NullMarked
package dev.rollbook.api.errors;

import org.jspecify.annotations.NullMarked;
