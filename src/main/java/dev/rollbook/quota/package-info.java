/// Quotas of tenants: how many items a second and how many bytes a day each may append.
///
/// [Quotas] refuses what exceeds a quota, before any of it is accepted. It has two buckets (of
/// Bucket4j) for each tenant.
@NullMarked
@ApplicationModule(allowedDependencies = {"access", "model", "text"})
package dev.rollbook.quota;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
