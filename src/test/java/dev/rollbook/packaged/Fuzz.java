package dev.rollbook.packaged;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.ApiDescription;
import dev.rollbook.http.ApiDescription.Operation;
import dev.rollbook.http.RollbookClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Requests to every call of the API and of the actuator, with and without tokens: random ones, and
/// those of a client that knows the API, intact or damaged. No response may be a 5xx, and nothing
/// may be logged at ERROR. Every call has to succeed at least once.
///
/// Run by hand, for `rollbook.fuzz.minutes`. The requests follow from `rollbook.fuzz.seed`; only
/// their interleaving with those of the other client differs between two runs with the same seed.
class Fuzz {
  private static final int CLIENTS = 2;
  private static final long MINUTES = Long.getLong("rollbook.fuzz.minutes", 1);

  @TempDir Path dataDir;
  @TempDir Path logs;
  @TempDir Path codexHome;
  @TempDir Path importRoot;

  @Test
  void noRequestIsAnsweredWithAServerErrorOrLoggedAtError() throws Exception {
    long seed = Long.getLong("rollbook.fuzz.seed", new Random().nextLong());
    System.out.printf("rollbook.fuzz.seed=%d%n", seed);
    var tokens = logs.resolve("tokens.yml");
    var all =
        PackagedService.createToken(
            tokens, "all", "read,append,manage,import,export,metrics,operate");
    var reader = PackagedService.createToken(tokens, "reader", "read");
    try (var service =
            PackagedService.start(
                dataDir,
                logs,
                """
                export ROLLBOOK_SECURITY_TOKENSFILE='%s' ROLLBOOK_REDACTION_PATTERNS_TEST='sk-[a-z]+'
                export ROLLBOOK_EXPORT_CODEXHOMES='%s' ROLLBOOK_IMPORT_ROOTS='%s'
                """
                    .formatted(tokens, codexHome, importRoot));
        var executor = Executors.newFixedThreadPool(CLIENTS)) {
      var api = ApiDescription.of("http://127.0.0.1:" + service.port());
      var until = Instant.now().plus(Duration.ofMinutes(MINUTES));
      var clients = new ArrayList<Callable<FuzzClient.Counts>>();
      for (int i = 0; i < CLIENTS; i++) {
        var random = new Random(seed + i);
        var requests = new FuzzRequests(random, api.operations());
        var chain = new FuzzChain(random, codexHome, importRoot);
        var sent = List.of(all, reader, all + "x", "");
        clients.add(() -> new FuzzClient(service.port(), requests, chain, sent, random).run(until));
      }
      var total = new FuzzClient.Counts();
      for (var client : executor.invokeAll(clients)) {
        total.add(client.get());
      }
      System.out.println("responses: " + total);

      assertThat(total.faults()).isEmpty();
      assertThat(service.stdout()).noneMatch(line -> line.contains("ERROR"));
      assertThat(service.stderr()).isEmpty();
      assertThat(total.successes()).isGreaterThan(1.0 / 3);
      assertThat(total.successfulOperations())
          .containsAll(api.operations().stream().map(Operation::name).toList());
      var client = new RollbookClient(service.port()).withToken(all);
      assertThat(client.startThread()).isNotBlank();
    }
  }
}
