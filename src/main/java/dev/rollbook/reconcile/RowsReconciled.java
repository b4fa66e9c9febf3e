package dev.rollbook.reconcile;

/// Event published after a comparison: it may have inserted rows that no other event announced.
public record RowsReconciled() {}
