/// What the Servlet API leaves to the application: the order of filters, media types of bodies.
@NullMarked
package dev.rollbook.api.http;

import org.jspecify.annotations.NullMarked;
