package dev.rollbook.web.security.token;

import dev.rollbook.audit.AuditEntry;
import dev.rollbook.audit.AuditEntry.Outcome;
import dev.rollbook.audit.AuditLog;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.annotation.Scheduled;

/// Writes to the audit which tokens are accepted: their number at the start, and each one that is
/// added, changed or removed later. Tokens are created by a command that does not talk to the
/// service, so this is where the service learns of them.
public final class TokenAudit {
  private final TokenStore tokens;
  private final AuditLog audit;

  /// Tokens that the audit has; null before the first run. Used by one task only.
  private @Nullable Map<String, String> audited;

  public TokenAudit(TokenStore tokens, AuditLog audit) {
    this.tokens = tokens;
    this.audit = audit;
  }

  @Scheduled(fixedDelay = 1000)
  void run() {
    if (!audit.isEnabled()) {
      return;
    }
    var now = describe(tokens.entries());
    var before = audited;
    if (!now.equals(before)) {
      audit.add(AuditEntry.ofService("tokens.read", Outcome.DONE).withCount(now.size()));
      audit.add(before == null ? List.of() : changes(before, now));
    }
    audited = now;
  }

  private static List<AuditEntry> changes(Map<String, String> before, Map<String, String> now) {
    var keys = new TreeSet<>(before.keySet());
    keys.addAll(now.keySet());
    var changes = new ArrayList<AuditEntry>();
    for (var key : keys) {
      var then = before.get(key);
      var present = now.get(key);
      if (!Objects.equals(then, present)) {
        var action = then == null ? "add" : present == null ? "remove" : "change";
        changes.add(AuditEntry.ofService("token." + action, Outcome.DONE).withKey(key));
      }
    }
    return changes;
  }

  private static Map<String, String> describe(Map<String, TokenEntry> entries) {
    return entries.entrySet().stream()
        .collect(
            Collectors.toMap(
                Map.Entry::getKey,
                entry -> entry.getValue().summary() + " " + entry.getValue().sha256(),
                (one, other) -> one,
                TreeMap::new));
  }
}
