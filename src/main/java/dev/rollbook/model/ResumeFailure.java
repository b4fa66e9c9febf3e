package dev.rollbook.model;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/// Why a thread could not be resumed. The names are part of the API and values of a meter's tag.
public enum ResumeFailure {
  THREAD_NOT_FOUND("thread %s not found"),
  ROLLOUT_MISSING("rollout of thread %s is missing"),
  ROLLOUT_EMPTY("rollout of thread %s is empty"),
  ROLLOUT_UNREADABLE("rollout of thread %s cannot be read"),
  THREAD_ARCHIVED("thread %s is archived");

  private final String message;

  ResumeFailure(String message) {
    this.message = message;
  }

  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  public String message(ThreadId thread) {
    return message.formatted(thread);
  }
}
