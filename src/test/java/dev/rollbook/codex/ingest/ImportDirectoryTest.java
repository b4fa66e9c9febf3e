package dev.rollbook.codex.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.access.Owner;
import dev.rollbook.codex.ingest.ImportDirectory.Request;
import dev.rollbook.model.ImportId;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.FaultyDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportDirectoryTest {
  @TempDir Path dataDir;

  @Test
  void aRequestIsReadBackWithItsOwner() throws IOException {
    var directory = new ImportDirectory(new FaultyDisk(), new DataDir(dataDir));

    for (var owner : List.of(Owner.NONE, new Owner("team-a", "ann"))) {
      var at = Instant.parse("2026-11-22T12:45:58.677Z");
      var request = new Request(ImportId.next(), ImportJob.PATH, "/home/me", owner, at);
      directory.store(request);

      assertThat(directory.readRequest(directory.files().getFirst())).contains(request);
      directory.removeRequest(request.id());
    }
  }
}
