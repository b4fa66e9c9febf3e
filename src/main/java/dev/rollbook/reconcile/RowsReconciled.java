package dev.rollbook.reconcile;

/// Application event published after a comparison, which may have inserted rows that no other event
/// announced.
public record RowsReconciled() {}
