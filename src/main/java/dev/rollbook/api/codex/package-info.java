/// Imports from Codex and exports to it.
@NullMarked
package dev.rollbook.api.codex;

import org.jspecify.annotations.NullMarked;
