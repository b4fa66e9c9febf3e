package dev.rollbook.rollout.line;

/// Ordinals from `first` to `last`, both included.
public record OrdinalRange(long first, long last) {
  public static final OrdinalRange ALL = new OrdinalRange(0, Long.MAX_VALUE);

  public boolean isEmpty() {
    return first > last;
  }

  public boolean contains(long ordinal) {
    return first <= ordinal && ordinal <= last;
  }

  /// Intersection of both ranges; may be empty.
  public OrdinalRange and(OrdinalRange other) {
    return new OrdinalRange(Math.max(first, other.first), Math.min(last, other.last));
  }
}
