/// Checks the files that come with the jar, without running them: README and manual, Prometheus
/// rules, dashboard, compose file and Kubernetes manifest.
@NullMarked
package dev.rollbook.operating;

import org.jspecify.annotations.NullMarked;
