/// Whom threads and imports belong to ([Owner]), and which of them a caller sees ([Access]).
///
/// [AccessPolicy] decides this from the settings of isolation, for every layer. How a caller
/// authenticates, and which calls it may send, is decided in `web.security`.
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.rollbook.access;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
