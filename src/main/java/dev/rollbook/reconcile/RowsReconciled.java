package dev.rollbook.reconcile;

/// Application event that is published after a comparison. The comparison may have inserted rows
/// for which no other event was published.
public record RowsReconciled() {}
