package dev.rollbook.projection;

import dev.rollbook.text.RawJson;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Git commit, branch and repository of a thread's working directory when the thread began. Codex
/// records them in the first line of the rollout.
public record GitState(
    @Nullable String commitHash, @Nullable String branch, @Nullable String repositoryUrl) {

  /// Reads the result of [#json()].
  public static @Nullable GitState of(@Nullable String json) {
    if (json == null) {
      return null;
    }
    var node = PayloadJson.read(RawJson.of(json));
    return of(
        PayloadJson.text(node, "commitHash"),
        PayloadJson.text(node, "branch"),
        PayloadJson.text(node, "repositoryUrl"));
  }

  /// Reads the format of Codex; null if it is empty.
  static @Nullable GitState read(JsonNode git) {
    return of(
        PayloadJson.text(git, "commit_hash"),
        PayloadJson.text(git, "branch"),
        PayloadJson.text(git, "repository_url"));
  }

  private static @Nullable GitState of(
      @Nullable String commitHash, @Nullable String branch, @Nullable String repositoryUrl) {
    return commitHash == null && branch == null && repositoryUrl == null
        ? null
        : new GitState(commitHash, branch, repositoryUrl);
  }

  /// The format of the row.
  public RawJson json() {
    return new PayloadJson()
        .withNullable("commitHash", commitHash)
        .withNullable("branch", branch)
        .withNullable("repositoryUrl", repositoryUrl)
        .build();
  }

  /// The format of Codex.
  RawJson payload() {
    return new PayloadJson()
        .with("commit_hash", commitHash)
        .with("branch", branch)
        .with("repository_url", repositoryUrl)
        .build();
  }
}
