/// Record of who did what, for actions that cannot be undone or that take history out of the
/// service.
///
/// [AuditLog] writes entries ([AuditEntry]) to one file per day in the data-dir, and returns when
/// they are on the disk. An action with an entry that cannot be written must not be done. Entries
/// never have content, search words or tokens.
@NullMarked
@ApplicationModule(
    allowedDependencies = {"access", "lock", "model", "rollout :: datadir", "rollout :: disk"})
package dev.rollbook.audit;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
