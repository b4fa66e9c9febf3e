/// Who sends a request ([Caller], [RequestCredential]), and what callers are allowed to do.
///
/// [AccessRules] is the only table of the scopes ([Scope]) that each call needs. Spring Security
/// enforces it, and the OpenAPI document shows it.
@NullMarked
@NamedInterface("access")
package dev.rollbook.web.security.access;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
