package dev.rollbook;

import dev.rollbook.storage.CopyCommand;
import dev.rollbook.web.security.token.TokenCommand;
import dev.rollbook.worker.WorkerFailures;
import io.github.bucket4j.TimeMeter;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.boot.security.autoconfigure.SecurityAutoConfiguration;
import org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration;
import org.springframework.boot.security.autoconfigure.actuate.web.servlet.ManagementWebSecurityAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.servlet.SecurityFilterAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration;
import org.springframework.boot.security.oauth2.server.resource.autoconfigure.OAuth2ResourceServerAutoConfiguration;
import org.springframework.boot.security.oauth2.server.resource.autoconfigure.web.OAuth2ResourceServerWebSecurityAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.SchedulingConfigurer;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/// Entry point of the service, and of the commands `token` and copy.
@SpringBootApplication(
    proxyBeanMethods = false,
    // They would protect every path with a login page and a generated password, or read the keys
    // of an issuer in their own way.
    exclude = {
      ManagementWebSecurityAutoConfiguration.class,
      OAuth2ResourceServerAutoConfiguration.class,
      OAuth2ResourceServerWebSecurityAutoConfiguration.class,
      SecurityAutoConfiguration.class,
      SecurityFilterAutoConfiguration.class,
      ServletWebSecurityAutoConfiguration.class,
      UserDetailsServiceAutoConfiguration.class
    })
@ConfigurationPropertiesScan
@EnableScheduling
class RollbookApplication {
  static void main(String[] args) {
    if (args.length > 0 && args[0].equals(TokenCommand.NAME)) {
      System.exit(TokenCommand.run(List.of(args).subList(1, args.length)));
    }
    if (CopyCommand.isMeant(List.of(args))) {
      System.exit(CopyCommand.run(List.of(args)));
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

  /// Time of token buckets. Not that of the clock, which can be set back: a bucket would then not
  /// be refilled.
  @Bean
  TimeMeter timeOfBuckets() {
    return TimeMeter.SYSTEM_NANOTIME;
  }
}
