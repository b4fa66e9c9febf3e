/// Endpoints of Spring Boot where theirs let a client do, or cause, what it may not.
@NullMarked
package dev.rollbook.web.actuator;

import org.jspecify.annotations.NullMarked;
