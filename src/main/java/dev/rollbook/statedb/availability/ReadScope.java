package dev.rollbook.statedb.availability;

/// Scope of a request that only reads. Such requests cannot use all connections of the pool, so
/// that some are left for writes.
public final class ReadScope {
  private static final ScopedValue<Boolean> READING = ScopedValue.newInstance();

  private ReadScope() {}

  /// Whether the current thread is in such a scope.
  static boolean isActive() {
    return READING.isBound();
  }

  /// @throws X what the action throws
  public static <T, X extends Throwable> T call(ScopedValue.CallableOp<T, X> action) throws X {
    return ScopedValue.where(READING, true).call(action);
  }
}
