package dev.rollbook;

import java.time.Clock;
import java.time.Duration;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.Bean;
import org.springframework.scheduling.annotation.EnableScheduling;

/// Starts the service; everything else is found by its package.
@SpringBootApplication
@ConfigurationPropertiesScan
@EnableScheduling
class RollbookApplication {
  static void main(String[] args) {
    SpringApplication.run(RollbookApplication.class, args);
  }

  /// As fine as times are kept, so that what is answered first is what is answered later.
  @Bean
  Clock clock() {
    return Clock.tick(Clock.systemUTC(), Duration.ofMillis(1));
  }
}
