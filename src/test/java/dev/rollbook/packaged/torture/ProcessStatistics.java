package dev.rollbook.packaged.torture;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.packaged.PackagedService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Resources of a process that must not leak, measured after a garbage collection.
///
/// @param heap bytes
/// @param resident bytes
record ProcessStatistics(long heap, long resident, long openFiles, long threads, long liveThreads) {
  private static final int KIB = 1024;

  static ProcessStatistics of(PackagedService service) throws IOException, InterruptedException {
    var jcmd = PackagedService.java().resolveSibling("jcmd").toString();
    new ProcessBuilder(jcmd, "" + service.pid(), "GC.run")
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
    var client = service.client();
    var proc = Path.of("/proc/" + service.pid());
    try (var files = Files.list(proc.resolve("fd"))) {
      return new ProcessStatistics(
          meter(client, "jvm.memory.used?tag=area:heap"),
          status(proc, "VmRSS") * KIB,
          files.count(),
          status(proc, "Threads"),
          meter(client, "threads.live"));
    }
  }

  @Override
  public String toString() {
    return "heap %d MB, resident %d MB, %d open files, %d threads, %d live threads"
        .formatted(heap >> 20, resident >> 20, openFiles, threads, liveThreads);
  }

  private static long meter(RollbookClient client, String name) {
    var meter = RollbookClient.expect(200, client.get("/actuator/metrics/" + name)).json();
    return (long) meter.path("measurements").path(0).path("value").doubleValue();
  }

  private static long status(Path proc, String key) throws IOException {
    return Files.readAllLines(proc.resolve("status")).stream()
        .filter(line -> line.startsWith(key + ":"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }
}
