package dev.rollbook.statedb.availability;

/// Marks what a thread does as reading for a caller: it leaves some connections to those who write.
public final class ReadScope {
  private static final ScopedValue<Boolean> READING = ScopedValue.newInstance();

  private ReadScope() {}

  /// Whether the running thread reads for a caller.
  static boolean isActive() {
    return READING.isBound();
  }

  /// @throws X what the action throws
  public static <T, X extends Throwable> T call(ScopedValue.CallableOp<T, X> action) throws X {
    return ScopedValue.where(READING, true).call(action);
  }
}
