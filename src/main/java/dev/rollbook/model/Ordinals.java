package dev.rollbook.model;

/// The places that an append's items hold in their thread.
///
/// @param first of the first item, which is an old one where that item was a duplicate
/// @param last of the last item
/// @param accepted items that were given an ordinal by this append
/// @param duplicates items that the thread held already
public record Ordinals(long first, long last, int accepted, int duplicates) {}
