package dev.rollbook.statedb.files;

import java.sql.SQLException;
import javax.sql.DataSource;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// Beans of the files in the database, with `rollbook.storage=database` only.
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty(name = "rollbook.storage", havingValue = "database")
class FilesConfiguration {
  @Bean
  @DependsOnDatabaseInitialization
  FileDatabase fileDatabase(DataSource stateDb) throws SQLException {
    return FileDatabase.of(stateDb);
  }

  @Bean
  FileRepository fileRepository(FileDatabase database) {
    return new FileRepository(database);
  }

  @Bean
  ChunkRepository chunkRepository(FileDatabase database) {
    return new ChunkRepository(database);
  }

  @Bean
  ReplicaRepository replicaRepository(FileDatabase database) {
    return new ReplicaRepository(database);
  }

  @Bean
  OwnerRepository ownerRepository(FileDatabase database) {
    return new OwnerRepository(database);
  }

  @Bean
  JobLocks jobLocks(FileDatabase database) {
    return new JobLocks(database);
  }

  @Bean
  Replication replication(FileDatabase database) {
    return new Replication(database);
  }
}
