package dev.rollbook.rollout;

import static dev.rollbook.rollout.disk.FaultyDisk.inputOutputError;

import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.rollout.disk.PowerCutDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Crash-consistency checker: runs a scenario once for each call of the disk, with that call
/// failing, and cuts the power after every change to the disk. Whatever may be left then must keep
/// the promise that held at that moment.
public final class CrashConsistency {
  /// Operations on the disk that are run again for each fault.
  public interface Scenario {
    void on(CrashConsistency cuts) throws IOException;
  }

  /// What must hold whenever the power is cut, until something else is promised. Equal promises ask
  /// for the same.
  public interface Promise {
    void assertKept(TestRollouts found) throws IOException;
  }

  private record Case(Map<Path, ByteBuffer> left, Promise promise) {}

  private final Set<Case> seen = new HashSet<>();
  private PowerCutDisk disk = new PowerCutDisk(this::cut);
  private TestRollouts store = TestRollouts.on(disk);
  private @Nullable Promise promise;
  private String happened = "";
  private boolean deadForGood;
  private int calls;

  /// Returns how many different cases were looked at.
  public static int everywhere(Scenario scenario) throws IOException {
    var cuts = new CrashConsistency();
    int calls = cuts.run(scenario, faultless -> {}, "no call fails");
    for (int call = 1; call <= calls; call++) {
      int n = call;
      cuts.run(scenario, faulty -> faulty.failCall(n, inputOutputError()), "call " + n + " fails");
      cuts.deadForGood = true;
      cuts.run(
          scenario,
          faulty -> faulty.failFromCall(n, inputOutputError()),
          "all fail from call " + n);
      cuts.deadForGood = false;
    }
    return cuts.seen.size();
  }

  private int run(Scenario scenario, Consumer<FaultyDisk> fault, String what) throws IOException {
    happened = what;
    promise = null;
    calls = 0;
    disk = new PowerCutDisk(this::cut);
    store = TestRollouts.on(disk);
    fault.accept(store.disk);
    scenario.on(this);
    heal();
    return calls;
  }

  public TestRollouts store() {
    return store;
  }

  /// Whether the disk took nothing at all after its first failure, not even what would undo it.
  public boolean deadForGood() {
    return deadForGood;
  }

  /// The disk works from here on; only what was asked of it before can fail.
  public void heal() {
    calls = Math.max(calls, store.disk.calls().size());
    store.disk.heal();
  }

  /// The process is killed and started again, but the machine goes on, and the disk works.
  public TestRollouts restart() {
    heal();
    store = TestRollouts.on(disk);
    return store;
  }

  public void promise(Promise next) {
    promise = next;
    cut();
  }

  private void cut() {
    if (promise == null) {
      return;
    }
    for (var remains : disk.remains()) {
      if (seen.add(new Case(named(remains.files()), promise))) {
        try {
          promise.assertKept(TestRollouts.on(PowerCutDisk.of(remains)));
        } catch (IOException | RuntimeException | AssertionError broken) {
          throw new AssertionError(
              "%s, then the power: %s of %s is not kept by %s"
                  .formatted(happened, broken.getMessage(), promise, remains),
              broken);
        }
      }
    }
  }

  /// Unfinished copies have a new name each time.
  private static Map<Path, ByteBuffer> named(Map<Path, ByteBuffer> files) {
    var named = new HashMap<Path, ByteBuffer>();
    files.forEach((path, bytes) ->
        named.put(path.toString().contains("unfinished") ? path.resolveSibling("") : path, bytes));
    return named;
  }

  /// The bytes of a file that must be there.
  public static String text(TestRollouts store, Path path) {
    try (var file = store.disk.openForRead(path)) {
      var bytes = file.readFully(0, (int) file.size());
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
