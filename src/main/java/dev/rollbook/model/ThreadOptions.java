package dev.rollbook.model;

import dev.rollbook.text.RawJson;
import org.jspecify.annotations.Nullable;

/// Properties of a new thread, as the client requests them. A property that the client leaves out
/// is null.
///
/// @param metadata a JSON object
public record ThreadOptions(
    @Nullable String name,
    @Nullable String cwd,
    @Nullable String model,
    @Nullable String modelProvider,
    @Nullable String source,
    @Nullable String cliVersion,
    @Nullable PersistencePolicy persistence,
    @Nullable RawJson metadata) {
  public static final ThreadOptions NONE =
      new ThreadOptions(null, null, null, null, null, null, null, null);

  public PersistencePolicy policy() {
    return or(persistence, PersistencePolicy.BEST_EFFORT);
  }

  /// These options, and for each that is left out the one of the parent.
  public ThreadOptions inheriting(ThreadOptions parent) {
    return new ThreadOptions(
        or(name, parent.name),
        or(cwd, parent.cwd),
        or(model, parent.model),
        or(modelProvider, parent.modelProvider),
        or(source, parent.source),
        or(cliVersion, parent.cliVersion),
        or(persistence, parent.persistence),
        or(metadata, parent.metadata));
  }

  private static <T extends @Nullable Object> T or(@Nullable T given, T otherwise) {
    return given == null ? otherwise : given;
  }
}
