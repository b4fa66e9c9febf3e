package dev.rollbook.audit;

/// An entry of the audit cannot be written, so its action must not be done.
public final class AuditUnavailableException extends Exception {
  AuditUnavailableException(String message, Throwable cause) {
    super(message, cause, false, false);
  }
}
