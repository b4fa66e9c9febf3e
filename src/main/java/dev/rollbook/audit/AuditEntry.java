package dev.rollbook.audit;

import dev.rollbook.access.Owner;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// One line of the audit, without its time.
///
/// @param action such as `thread.delete`
/// @param thread that the action is about; null if it is about none
/// @param key id of the token that the action is about; null if it is about none
/// @param status of the HTTP response; null if there is none
/// @param count of what the line stands for; null if it stands for one action
public record AuditEntry(
    Actor actor,
    String action,
    @Nullable String thread,
    @Nullable String key,
    Outcome outcome,
    @Nullable Integer status,
    @Nullable Long count) {
  private static final String SERVICE_MECHANISM = "service";

  /// The sender of a request, or the service itself.
  ///
  /// @param requestId joins the lines of one request
  /// @param tenant null without authentication
  /// @param caller principal; null if the request was not authenticated
  /// @param mechanism kind of the credential; `none` if the request was not authenticated
  /// @param keyId of the credential
  public record Actor(
      @Nullable String requestId,
      @Nullable String tenant,
      @Nullable String caller,
      String mechanism,
      @Nullable String keyId,
      @Nullable String address) {
    /// The service itself, in background work.
    public static final Actor SERVICE =
        new Actor(null, null, "rollbook", SERVICE_MECHANISM, null, null);
  }

  /// What became of an action.
  public enum Outcome {
    /// Written before the action. If the request has no second entry, the service was killed before
    /// the action ended.
    STARTED,
    DONE,
    /// The service did not do it, because of the request.
    REFUSED,
    /// It failed in the service.
    FAILED;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    /// The outcome that the status of a response stands for.
    public static Outcome of(int status) {
      return status < 400 ? DONE : status < 500 ? REFUSED : FAILED;
    }
  }

  /// An action of the service for a caller whose request is not known, such as that of an import.
  public static AuditEntry ofService(Owner caller, String action, Outcome outcome) {
    var actor = new Actor(null, caller.tenant(), caller.principal(), SERVICE_MECHANISM, null, null);
    return new AuditEntry(actor, action, null, null, outcome, null, null);
  }

  /// An action of the service.
  public static AuditEntry ofService(String action, Outcome outcome) {
    return new AuditEntry(Actor.SERVICE, action, null, null, outcome, null, null);
  }

  public AuditEntry withThread(@Nullable String id) {
    return new AuditEntry(actor, action, id, key, outcome, status, count);
  }

  public AuditEntry withKey(String id) {
    return new AuditEntry(actor, action, thread, id, outcome, status, count);
  }

  public AuditEntry withCount(long number) {
    return new AuditEntry(actor, action, thread, key, outcome, status, number);
  }

  /// The line without its end. Members without a value are left out.
  String toJson(String at) {
    var line = JsonMapper.shared().createObjectNode().put("at", at);
    put(line, "requestId", actor.requestId());
    put(line, "tenant", actor.tenant());
    put(line, "caller", actor.caller());
    put(line, "mechanism", actor.mechanism());
    put(line, "keyId", actor.keyId());
    put(line, "address", actor.address());
    put(line, "action", action);
    put(line, "threadId", thread);
    put(line, "key", key);
    put(line, "outcome", outcome.wireName);
    if (status != null) {
      line.put("status", status);
    }
    if (count != null) {
      line.put("count", count);
    }
    return line.toString();
  }

  private static void put(ObjectNode line, String member, @Nullable String value) {
    if (value != null) {
      line.put(member, value);
    }
  }
}
