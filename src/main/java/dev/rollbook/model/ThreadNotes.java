package dev.rollbook.model;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Name, metadata and pin of a thread, as set by lines of its rollout. A component is null if no
/// line sets it.
///
/// Notes from two sources can be merged. Of two values of metadata or pin, the one with the greater
/// ordinal is used. Of two names, the one that was set later is used, because some sources of names
/// have no ordinals.
///
/// @param metadata a JSON object
public record ThreadNotes(
    @Nullable Note<Name> name,
    @Nullable Note<@Nullable String> metadata,
    @Nullable Note<Boolean> pinned) {
  public static final ThreadNotes NONE = new ThreadNotes(null, null, null);

  /// @param text null for a name that was removed
  /// @param at in milliseconds; null if unknown, which is earlier than all others
  public record Name(@Nullable String text, @Nullable Instant at) {
    public static final Name NONE = new Name(null, null);

    boolean isLaterThan(Name other) {
      return at != null && (other.at == null || at.isAfter(other.at));
    }
  }

  /// @param ordinal of the line with the note
  public record Note<T extends @Nullable Object>(T value, long ordinal) {
    /// The value if its note is at the ordinal or after it, otherwise the other value.
    private static <T extends @Nullable Object> T since(
        long ordinal, @Nullable Note<T> note, T otherwise) {
      return note == null || note.ordinal < ordinal ? otherwise : note.value;
    }

    private static <T extends @Nullable Object> @Nullable Note<T> later(
        @Nullable Note<T> one, @Nullable Note<T> other) {
      return other == null || (one != null && one.ordinal > other.ordinal) ? one : other;
    }

    private static <T extends @Nullable Object> @Nullable Note<T> from(
        long ordinal, @Nullable Note<T> note) {
      return note == null || note.ordinal < ordinal ? null : note;
    }

    private static <T extends @Nullable Object> @Nullable Note<T> unlessIn(
        @Nullable Note<T> known, @Nullable Note<T> note) {
      return Objects.equals(known, note) ? null : note;
    }
  }

  public static ThreadNotes ofName(@Nullable String name, @Nullable Instant at, long ordinal) {
    var time = at == null ? null : at.truncatedTo(ChronoUnit.MILLIS);
    return new ThreadNotes(new Note<>(new Name(name, time), ordinal), null, null);
  }

  public static ThreadNotes ofMetadata(@Nullable String metadata, long ordinal) {
    return new ThreadNotes(null, new Note<>(metadata, ordinal), null);
  }

  public static ThreadNotes ofPin(boolean pinned, long ordinal) {
    return new ThreadNotes(null, null, new Note<>(pinned, ordinal));
  }

  public boolean isEmpty() {
    return equals(NONE);
  }

  /// Merges both: of two notes the one with the greater ordinal wins, of two names the later one.
  public ThreadNotes plus(ThreadNotes other) {
    return new ThreadNotes(
        laterName(other.name),
        Note.later(metadata, other.metadata),
        Note.later(pinned, other.pinned));
  }

  private @Nullable Note<Name> laterName(@Nullable Note<Name> other) {
    if (name == null || other == null) {
      return name == null ? other : name;
    }
    if (name.value.isLaterThan(other.value)) {
      return name;
    }
    return other.value.isLaterThan(name.value) ? other : Note.later(name, other);
  }

  /// The notes that differ from the known ones.
  public ThreadNotes without(ThreadNotes known) {
    return new ThreadNotes(
        Note.unlessIn(known.name, name),
        Note.unlessIn(known.metadata, metadata),
        Note.unlessIn(known.pinned, pinned));
  }

  /// Notes at the ordinal and after it.
  public ThreadNotes from(long ordinal) {
    return new ThreadNotes(
        Note.from(ordinal, name), Note.from(ordinal, metadata), Note.from(ordinal, pinned));
  }

  /// The name at the end of the history: the later one of this and the known name. A known name
  /// without a time is the one that was valid before the ordinal.
  public Name nameOver(Name known, long ordinal) {
    if (name == null || known.isLaterThan(name.value)) {
      return known;
    }
    boolean newer =
        known.at != null || name.ordinal >= ordinal || Objects.equals(name.value.text, known.text);
    return newer ? name.value : known;
  }

  /// The metadata at the end of the history; `otherwise` was valid before the ordinal.
  public @Nullable String metadataSince(long ordinal, @Nullable String otherwise) {
    return Note.since(ordinal, metadata, otherwise);
  }

  /// The same for the pin.
  public boolean pinnedSince(long ordinal, boolean otherwise) {
    return Note.<Boolean>since(ordinal, pinned, otherwise);
  }
}
