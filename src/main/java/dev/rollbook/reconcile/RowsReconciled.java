package dev.rollbook.reconcile;

/// Told when all rollouts were compared with their rows: rows may be there that no event told of.
public record RowsReconciled() {}
