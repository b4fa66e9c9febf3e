package dev.rollbook.projection;

import dev.rollbook.model.RawJson;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Where a thread's working directory stood in git when the thread began: Codex notes it in the
/// first line, so that one can go back there.
public record GitState(
    @Nullable String commitHash, @Nullable String branch, @Nullable String repositoryUrl) {

  /// Reads what [#json()] made.
  public static @Nullable GitState of(@Nullable String json) {
    if (json == null) {
      return null;
    }
    var node = Payload.read(RawJson.of(json));
    return of(
        Payload.text(node, "commitHash"),
        Payload.text(node, "branch"),
        Payload.text(node, "repositoryUrl"));
  }

  /// Reads Codex's form; null where it says nothing.
  static @Nullable GitState read(JsonNode git) {
    return of(
        Payload.text(git, "commit_hash"),
        Payload.text(git, "branch"),
        Payload.text(git, "repository_url"));
  }

  private static @Nullable GitState of(
      @Nullable String commitHash, @Nullable String branch, @Nullable String repositoryUrl) {
    return commitHash == null && branch == null && repositoryUrl == null
        ? null
        : new GitState(commitHash, branch, repositoryUrl);
  }

  /// As the row has it.
  public RawJson json() {
    return new Payload()
        .withNullable("commitHash", commitHash)
        .withNullable("branch", branch)
        .withNullable("repositoryUrl", repositoryUrl)
        .build();
  }

  /// As Codex writes it.
  RawJson payload() {
    return new Payload()
        .with("commit_hash", commitHash)
        .with("branch", branch)
        .with("repository_url", repositoryUrl)
        .build();
  }
}
