package dev.rollbook.imports;

import dev.rollbook.model.ImportId;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.source.SourceFile;
import dev.rollbook.source.UploadedRollouts;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Keeps rollouts that are sent, each under the name that its file has or would have.
@Component
class SentRollouts {
  private static final String ZSTD = ".zst";

  private final UploadedRollouts uploads;
  private final RolloutIdentity identity;

  SentRollouts(UploadedRollouts uploads, RolloutIdentity identity) {
    this.uploads = uploads;
    this.identity = identity;
  }

  /// @return the name
  /// @throws InvalidRequest if nobody can tell whose rollout it is
  String keep(ImportId id, InputStream rollout, @Nullable String name, boolean compressed)
      throws IOException {
    if (name != null) {
      var file = compressed && !name.endsWith(ZSTD) ? name + ZSTD : name;
      if (!SourceFile.isName(file)) {
        throw new InvalidRequest(
            "name",
            "must be the name of a rollout, such as"
                + " rollout-2026-11-22T12-45-58-01a2034a-b9dd-7661-b3ea-5308f7ee69cf.jsonl");
      }
      uploads.keep(id, file, rollout);
      return file;
    }
    var ending = compressed ? ZSTD : "";
    uploads.keep(id, ending, rollout);
    try {
      var meta =
          identity.meta(() -> uploads.open(id, ending), compressed, "give that name in ?name=");
      return UploadedRollouts.nameOf(meta.id(), meta.createdAt()) + ending;
    } catch (ImportFailedException unknown) {
      uploads.remove(id, ending);
      throw new InvalidRequest("", String.valueOf(unknown.getMessage()));
    } catch (IOException unreadable) {
      uploads.remove(id, ending);
      throw new InvalidRequest(
          "", "the rollout cannot be read: " + StorageFaults.shortCause(unreadable));
    }
  }

  void forget(ImportId id, String name) throws IOException {
    uploads.remove(id, name);
  }
}
