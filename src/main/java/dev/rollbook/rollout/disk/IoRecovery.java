package dev.rollbook.rollout.disk;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Helpers for file operations that fail. They close a file, undo a step, retry, or pass an
/// `IOException` through a callback that must not throw it.
public final class IoRecovery {
  private IoRecovery() {}

  /// A file operation with a result.
  public interface Operation<T extends @Nullable Object> {
    T run() throws IOException;
  }

  /// A file operation without a result.
  public interface Action {
    void run() throws IOException;
  }

  /// Runs an operation whose result takes over the resource; closes the resource if it fails.
  public static <T> T closeOnFailure(Closeable resource, Operation<T> operation)
      throws IOException {
    try {
      return operation.run();
    } catch (IOException | RuntimeException e) {
      undo(e, resource::close);
      throw e;
    }
  }

  /// Undoes what a failed operation left behind. A second failure is added to the first one.
  public static void undo(Exception failure, Action action) {
    try {
      action.run();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /// Runs an operation within a callback that allows no [IOException]: wraps the exception. The
  /// code around the callback restores it by [#unwrapped].
  public static <T extends @Nullable Object> T wrapped(Operation<T> operation) {
    try {
      return operation.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Calls code whose callbacks throw [UncheckedIOException], and throws the cause instead.
  public static <T extends @Nullable Object> T unwrapped(Supplier<T> call) throws IOException {
    try {
      return call.get();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /// Runs an operation that opens its own file, and runs it again if an interrupt closed the
  /// channel: the disk is fine then. The thread stays interrupted.
  public static <T> T retryAfterInterrupt(Operation<T> operation) throws IOException {
    try {
      return operation.run();
    } catch (ClosedByInterruptException e) {
      boolean wasInterrupted = Thread.interrupted();
      try {
        return operation.run();
      } finally {
        if (wasInterrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }
}
