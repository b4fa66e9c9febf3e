package dev.rollbook;

import dev.rollbook.worker.WorkerFailures;
import java.time.Clock;
import java.time.ZoneOffset;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.Bean;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.SchedulingConfigurer;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/// Entry point of the service.
@SpringBootApplication(proxyBeanMethods = false)
@ConfigurationPropertiesScan
@EnableScheduling
class RollbookApplication {
  private static final String CARRIERS = "jdk.virtualThreadScheduler.parallelism";
  private static final int MIN_CARRIERS = 32;

  static void main(String[] args) {
    // A file system call that hangs pins its carrier thread, and H2 computes on one: with one
    // carrier per processor, two of either would stop all requests.
    if (System.getProperty(CARRIERS) == null) {
      int processors = Runtime.getRuntime().availableProcessors();
      System.setProperty(CARRIERS, String.valueOf(Math.max(MIN_CARRIERS, 2 * processors)));
    }
    SpringApplication.run(RollbookApplication.class, args);
    OutOfMemoryExit.install();
  }

  @Bean
  ThreadPoolTaskScheduler taskScheduler(WorkerFailures workers) {
    var scheduler = new ThreadPoolTaskScheduler();
    scheduler.setErrorHandler(workers);
    scheduler.setThreadNamePrefix("schedule-");
    return scheduler;
  }

  /// Scheduler with one thread per task, so that a task that waits for the disk or the state-db
  /// delays no other.
  @Bean
  SchedulingConfigurer threadForEachTask(ThreadPoolTaskScheduler scheduler) {
    return tasks -> scheduler.setPoolSize(tasks.getFixedDelayTaskList().size());
  }

  /// Clock with millisecond ticks, the precision of stored times, so that the first response shows
  /// the same time as later ones.
  @Bean
  Clock clock() {
    return Clock.tickMillis(ZoneOffset.UTC);
  }
}
