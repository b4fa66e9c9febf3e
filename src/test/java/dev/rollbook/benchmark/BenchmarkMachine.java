package dev.rollbook.benchmark;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Properties;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.support.PropertiesLoaderUtils;

/// The machine and the commit that figures were measured with.
///
/// @param java version of the JVM
record BenchmarkMachine(String os, int processors, String java, String commit, Instant at) {
  static BenchmarkMachine current() throws IOException {
    var git = new Properties();
    var found = new ClassPathResource("git.properties");
    if (found.exists()) {
      git = PropertiesLoaderUtils.loadProperties(found);
    }
    return new BenchmarkMachine(
        System.getProperty("os.name") + " " + System.getProperty("os.arch"),
        Runtime.getRuntime().availableProcessors(),
        Runtime.version().toString(),
        git.getProperty("git.commit.id.abbrev", "unknown"),
        Instant.now().truncatedTo(ChronoUnit.SECONDS));
  }
}
