/// The audit of HTTP requests.
///
/// [AuditFilter] writes the entries of [AuditedCall]s, before and after they are handled.
/// [RefusedRequests] counts refusals, and writes a sample of them. [AuditActor] says who sent a
/// request.
@NullMarked
@NamedInterface("audit")
package dev.rollbook.web.audit;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
