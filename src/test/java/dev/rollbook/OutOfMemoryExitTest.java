package dev.rollbook;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

class OutOfMemoryExitTest {
  /// Where the error arrives.
  enum ErrorSite {
    PLATFORM_THREAD,
    VIRTUAL_THREAD,
    LOGGED_AS_A_CAUSE_AT_A_LEVEL_THAT_IS_OFF
  }

  @ParameterizedTest
  @EnumSource
  void theProcessExitsWithTheStatusOfExitOnOutOfMemoryError(ErrorSite site) throws Exception {
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var process =
        new ProcessBuilder(
                java,
                "-Xmx24m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                MemoryHog.class.getName(),
                site.name())
            .redirectErrorStream(true)
            .start();

    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).as(output).isEqualTo(3);
    assertThat(output).contains("Terminating due to java.lang.OutOfMemoryError");
  }

  /// A program that runs out of memory, and would go on for ever.
  static final class MemoryHog {
    static void main(String[] args) throws InterruptedException {
      OutOfMemoryExit.install();
      switch (ErrorSite.valueOf(args[0])) {
        case PLATFORM_THREAD -> Thread.ofPlatform().start(MemoryHog::eat);
        case VIRTUAL_THREAD -> Thread.ofVirtual().start(MemoryHog::eat);
        case LOGGED_AS_A_CAUSE_AT_A_LEVEL_THAT_IS_OFF ->
            Thread.ofPlatform().start(MemoryHog::eatAndCatch);
      }
      new CountDownLatch(1).await();
    }

    private static void eat() {
      var eaten = new ArrayList<byte[]>();
      while (eaten.size() < Integer.MAX_VALUE) {
        eaten.add(new byte[1 << 20]);
      }
    }

    private static void eatAndCatch() {
      try {
        eat();
      } catch (OutOfMemoryError e) {
        LoggerFactory.getLogger(MemoryHog.class)
            .trace("request {} failed", 1, new IOException("could not be read", e));
      }
    }
  }
}
