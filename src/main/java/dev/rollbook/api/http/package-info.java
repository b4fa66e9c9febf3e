/// HTTP basics that filters and controllers share: order of filters, media types of bodies.
@NullMarked
package dev.rollbook.api.http;

import org.jspecify.annotations.NullMarked;
