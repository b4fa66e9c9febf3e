package dev.rollbook.model;

/// Ordinals of the items of an append.
///
/// @param first ordinal of the first item; if this item is a duplicate, the ordinal of the original
/// @param last ordinal of the last item
/// @param accepted number of items that got a new ordinal
/// @param duplicates number of items that were already in the thread
public record Ordinals(long first, long last, int accepted, int duplicates) {}
