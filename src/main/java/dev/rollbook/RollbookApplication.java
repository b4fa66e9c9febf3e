package dev.rollbook;

import dev.rollbook.worker.Workers;
import java.time.Clock;
import java.time.Duration;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.Bean;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/// Starts the service; everything else is found by its package.
@SpringBootApplication(proxyBeanMethods = false)
@ConfigurationPropertiesScan
@EnableScheduling
class RollbookApplication {
  static void main(String[] args) {
    SpringApplication.run(RollbookApplication.class, args);
    OutOfMemoryExit.install();
  }

  /// Several, so that a state-db that hangs holds up no force to disk and no log line.
  @Bean
  ThreadPoolTaskScheduler taskScheduler(Workers workers) {
    var scheduler = new ThreadPoolTaskScheduler();
    scheduler.setPoolSize(4);
    scheduler.setErrorHandler(workers);
    scheduler.setThreadNamePrefix("schedule-");
    return scheduler;
  }

  /// As fine as times are kept, so that what is answered first is what is answered later.
  @Bean
  Clock clock() {
    return Clock.tick(Clock.systemUTC(), Duration.ofMillis(1));
  }
}
