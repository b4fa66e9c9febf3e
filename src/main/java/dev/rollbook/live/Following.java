package dev.rollbook.live;

import dev.rollbook.event.Subscription;

/// The events of a thread from a place in its history on.
///
/// @param nextOrdinal that no event tells of an ordinal before
public record Following(Subscription subscription, long nextOrdinal) {}
