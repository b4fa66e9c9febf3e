package dev.rollbook;

import dev.rollbook.worker.Workers;
import java.time.Clock;
import java.time.Duration;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.Bean;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.SchedulingConfigurer;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/// Starts the service; everything else is found by its package.
@SpringBootApplication(proxyBeanMethods = false)
@ConfigurationPropertiesScan
@EnableScheduling
class RollbookApplication {
  private static final String CARRIERS = "jdk.virtualThreadScheduler.parallelism";
  private static final int LEAST_CARRIERS = 32;

  static void main(String[] args) {
    // A call of the disk that hangs holds a carrier, and H2 computes on one: with one carrier for
    // each processor, two of either would stop all requests.
    if (System.getProperty(CARRIERS) == null) {
      int processors = Runtime.getRuntime().availableProcessors();
      System.setProperty(CARRIERS, String.valueOf(Math.max(LEAST_CARRIERS, 2 * processors)));
    }
    SpringApplication.run(RollbookApplication.class, args);
    OutOfMemoryExit.install();
  }

  @Bean
  ThreadPoolTaskScheduler taskScheduler(Workers workers) {
    var scheduler = new ThreadPoolTaskScheduler();
    scheduler.setErrorHandler(workers);
    scheduler.setThreadNamePrefix("schedule-");
    return scheduler;
  }

  /// A thread for each task, so that one that waits for the disk or the state-db delays no other.
  @Bean
  SchedulingConfigurer threadForEachTask(ThreadPoolTaskScheduler scheduler) {
    return tasks -> scheduler.setPoolSize(tasks.getFixedDelayTaskList().size());
  }

  /// As fine as times are kept, so that what is answered first is what is answered later.
  @Bean
  Clock clock() {
    return Clock.tick(Clock.systemUTC(), Duration.ofMillis(1));
  }
}
