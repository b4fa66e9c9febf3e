package dev.rollbook.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A list; a null cursor says that nothing follows.
record Page<T>(List<T> data, @Nullable String nextCursor) {}
