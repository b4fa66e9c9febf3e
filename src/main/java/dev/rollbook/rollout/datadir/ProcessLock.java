package dev.rollbook.rollout.datadir;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.slf4j.LoggerFactory;

/// A lock that keeps a second process from writing the same rollouts. Its holder is described for
/// the message that the second process ends with.
public interface ProcessLock {
  /// Publishes the address of this service.
  void listensOn(String address);

  /// This process, for the description of a holder.
  static String describeProcess() {
    return "pid %d on host %s, since %s"
        .formatted(
            ProcessHandle.current().pid(), host(), Instant.now().truncatedTo(ChronoUnit.SECONDS));
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      LoggerFactory.getLogger(ProcessLock.class).debug("the host name is unknown", e);
      return "unknown";
    }
  }
}
