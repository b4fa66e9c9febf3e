package dev.rollbook.packaged;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Sends random requests until a time, and counts the responses.
final class FuzzClient {
  private static final int MAX_FAULTS = 20;

  private final int port;
  private final FuzzRequests requests;
  private final FuzzChain chain;
  private final List<String> tokens;
  private final Random random;

  FuzzClient(int port, FuzzRequests requests, FuzzChain chain, List<String> tokens, Random random) {
    this.port = port;
    this.requests = requests;
    this.chain = chain;
    this.tokens = tokens;
    this.random = random;
  }

  Counts run(Instant until) {
    var counts = new Counts();
    while (Instant.now().isBefore(until) && counts.faults.size() < MAX_FAULTS) {
      var request = random.nextInt(4) == 0 ? requests.next() : chain.next();
      // Most requests are allowed: the first token has all scopes.
      var token = tokens.get(random.nextInt(10) > 1 ? 0 : random.nextInt(tokens.size()));
      var raw =
          token.isEmpty()
              ? request.raw()
              : request.raw().header("Authorization", "Bearer " + token);
      var answer = request.endless() ? raw.head(port) : raw.send(port);
      counts.add(request.name(), answer.status());
      if (answer.status() >= 500 && answer.status() != 501 || answer.status() == 0) {
        counts.faults.add(raw + " -> " + answer);
      }
      request.learn().accept(answer);
    }
    return counts;
  }

  /// Responses by status.
  static final class Counts {
    private final Map<Integer, Integer> byStatus = new TreeMap<>();
    private final Map<Integer, Set<String>> operations = new TreeMap<>();
    private final List<String> faults = new ArrayList<>();

    private void add(String operation, int status) {
      byStatus.merge(status, 1, Integer::sum);
      operations.computeIfAbsent(status, none -> new TreeSet<>()).add(operation);
    }

    void add(Counts others) {
      others.byStatus.forEach((status, count) -> byStatus.merge(status, count, Integer::sum));
      others.operations.forEach((status, names) ->
          operations.computeIfAbsent(status, none -> new TreeSet<>()).addAll(names));
      faults.addAll(others.faults);
    }

    /// Requests that were answered with a 5xx, or not at all. 501 is for unknown methods.
    List<String> faults() {
      return faults;
    }

    /// Names of the calls that were answered with a 2xx.
    Set<String> successfulOperations() {
      return operations.entrySet().stream()
          .filter(entry -> entry.getKey() / 100 == 2)
          .flatMap(entry -> entry.getValue().stream())
          .collect(Collectors.toCollection(TreeSet::new));
    }

    /// Share of the responses that are a 2xx.
    double successes() {
      int all = byStatus.values().stream().mapToInt(Integer::intValue).sum();
      int successful =
          byStatus.entrySet().stream()
              .filter(entry -> entry.getKey() / 100 == 2)
              .mapToInt(Map.Entry::getValue)
              .sum();
      return (double) successful / all;
    }

    @Override
    public String toString() {
      return byStatus.toString();
    }
  }
}
