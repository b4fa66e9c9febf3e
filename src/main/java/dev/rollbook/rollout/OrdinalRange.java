package dev.rollbook.rollout;

/// Ordinals from `first` to `last`, both included.
public record OrdinalRange(long first, long last) {
  public static final OrdinalRange ALL = new OrdinalRange(0, Long.MAX_VALUE);

  public boolean isEmpty() {
    return first > last;
  }
}
