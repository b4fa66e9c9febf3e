package dev.rollbook.packaged.codex;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.operating.InstalledPrograms;
import dev.rollbook.packaged.Npm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/// The real Codex, from its package registry: installed into the build's directory when it is first
/// needed, and used from there afterwards.
///
/// @param home its directory: everything that it keeps
record Codex(Path program, Path home) {
  private static final String VERSION = "0.171.0";
  private static final int PATIENCE_SECONDS = 60;

  /// Skips the test if Codex cannot be installed. Test classes that run at the same time share one
  /// installation, so the method is synchronized.
  static synchronized Path install() throws Exception {
    var directory = Npm.directory("codex-" + VERSION);
    var program = directory.resolve("node_modules/.bin/codex");
    if (!runs(program)) {
      Files.createDirectories(directory);
      var log = directory.resolve("install.log");
      Assumptions.assumeTrue(
          Npm.installs(directory, log, "@openai/codex@" + VERSION) && runs(program),
          "Codex %s cannot be installed with npm, see %s".formatted(VERSION, log));
    }
    return program;
  }

  private static boolean runs(Path program) throws Exception {
    if (!Files.isExecutable(program)) {
      return false;
    }
    var output = Files.createTempFile("codex", "version");
    try {
      var asked = new ProcessBuilder(program.toString(), "--version");
      return InstalledPrograms.end(asked, output, PATIENCE_SECONDS) == 0
          && Files.readString(output).contains(VERSION);
    } finally {
      Files.delete(output);
    }
  }

  /// Lets it talk to a model on this machine, and to nobody else.
  Codex configured(FakeModelServer model) throws IOException {
    Files.createDirectories(home);
    Files.writeString(
        home.resolve("config.toml"),
        """
        model = "gpt-5.1-codex"
        model_provider = "fake"
        approval_policy = "never"
        sandbox_mode = "read-only"
        [features]
        plugins = false
        apps = false
        remote_plugin = false
        [model_providers.fake]
        name = "fake"
        base_url = "%s"
        wire_api = "responses"
        env_key = "FAKE_KEY"
        request_max_retries = 0
        stream_max_retries = 0
        """
            .formatted(model.url()));
    return this;
  }

  CodexAppServer appServer() throws IOException {
    return new CodexAppServer(command("app-server"), home.resolve("app-server.stderr"));
  }

  /// Goes on with a thread as a person does on the command line.
  void execResume(String thread, String prompt) throws Exception {
    var output = home.resolve("exec.log");
    var exec = command("exec", "--skip-git-repo-check", "resume", thread, prompt);
    assertThat(InstalledPrograms.end(exec, output, PATIENCE_SECONDS))
        .as(Files.readString(output))
        .isZero();
  }

  /// Runs a line of a shell that calls `codex`.
  ///
  /// @return the exit code of the first program of the line
  int shell(String line, Path stderr) throws Exception {
    var command = environment(new ProcessBuilder("bash", "-c", line + "; exit ${PIPESTATUS[0]}"));
    command
        .environment()
        .merge("PATH", program.getParent().toString(), (path, own) -> own + ":" + path);
    return InstalledPrograms.end(command, stderr, PATIENCE_SECONDS);
  }

  private ProcessBuilder command(String... arguments) {
    var command = new ProcessBuilder(arguments);
    command.command().addFirst(program.toString());
    return environment(command);
  }

  private ProcessBuilder environment(ProcessBuilder command) {
    command.directory(home.toFile());
    var environment = command.environment();
    environment.keySet().removeIf(name -> name.startsWith("CODEX_") || name.startsWith("OPENAI_"));
    environment.putAll(
        Map.of(
            "CODEX_HOME",
            home.toString(),
            "HOME",
            home.toString(),
            "FAKE_KEY",
            "none",
            "NO_PROXY",
            "127.0.0.1",
            "no_proxy",
            "127.0.0.1"));
    return command;
  }
}
