package dev.rollbook.cluster;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/// Background work that one replica at a time does for all of them.
///
/// This only saves work. A replica that was paused may go on with a job that another one has begun
/// meanwhile, so a job claims each thread that it changes, as any call does, and leaves threads
/// that are in memory of a peer to that peer.
public interface ClusterJobs {
  /// The jobs of the only process, which runs all of them.
  ClusterJobs SOLE =
      new ClusterJobs() {
        @Override
        public boolean tryRun(String job, Duration interval, BooleanSupplier work) {
          var _ = work.getAsBoolean();
          return true;
        }

        @Override
        public Peer peerRun(String job) {
          return Peer.NONE;
        }
      };

  /// What is known of a run by another replica.
  ///
  /// @param isRunning whether one is going on
  /// @param ended number of runs that have ended as they should
  record Peer(boolean isRunning, long ended) {
    static final Peer NONE = new Peer(false, 0);
  }

  /// Runs a job, unless another replica runs it, or any has ended it less than an interval ago.
  ///
  /// @param interval from the end of a run to the begin of the next one; zero for none
  /// @param work returns whether it was done completely
  /// @return false if the job was not run
  /// @throws org.springframework.dao.DataAccessException if the database does not answer
  boolean tryRun(String job, Duration interval, BooleanSupplier work);

  /// What the other replicas do.
  ///
  /// @throws org.springframework.dao.DataAccessException if the database does not answer
  Peer peerRun(String job);
}
