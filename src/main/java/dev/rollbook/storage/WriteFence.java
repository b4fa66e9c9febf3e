package dev.rollbook.storage;

import dev.rollbook.cluster.ClusterMembership;
import dev.rollbook.cluster.ThreadClaims;
import dev.rollbook.cluster.ThreadClaims.FirstClaim;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.statedb.files.FileOwner;
import java.io.IOException;
import java.nio.file.Path;

/// Which files in the database this process may write: those of threads that it owns, and those of
/// no thread.
interface WriteFence {
  /// A process that only reads.
  WriteFence READ_ONLY =
      new WriteFence() {
        @Override
        public FileOwner owner(String path) throws IOException {
          throw new IOException("the files in the database were opened for reads only");
        }

        @Override
        public boolean isShared() {
          return true;
        }

        @Override
        public boolean claimBy(String path, FirstClaim claim) {
          return false;
        }

        @Override
        public void requireNotLost(FileOwner owner) throws IOException {
          owner("");
        }

        @Override
        public void requireHeld(FileOwner owner) throws IOException {
          owner("");
        }
      };

  /// The right to write a file.
  ///
  /// @throws IOException if this process may not write it
  FileOwner owner(String path) throws IOException;

  /// Whether other processes may write files of no thread meanwhile.
  boolean isShared();

  /// Claims the thread of a file by the statement that creates the file, unless it is claimed.
  ///
  /// @return false if the statement was not run, or has done nothing
  boolean claimBy(String path, FirstClaim claim) throws IOException;

  /// Does not ask the database, so that every write can call it.
  ///
  /// @throws IOException if this process knows that it may no longer write the file
  void requireNotLost(FileOwner owner) throws IOException;

  /// Asks the database.
  ///
  /// @throws IOException if another process writes the files of the thread
  void requireHeld(FileOwner owner) throws IOException;

  /// The fence of a service. A thread must be acquired before its files are written.
  static WriteFence of(ClusterMembership members, ThreadClaims claims) {
    return new OfMember(members, claims, claims::owner);
  }

  /// The fence of a program that only writes files. It claims a thread with the first one.
  static WriteFence claiming(ClusterMembership members, ThreadClaims claims) {
    return new OfMember(members, claims, claims::claimedOwner);
  }

  /// Fence of a process that is a member of the cluster.
  record OfMember(ClusterMembership members, ThreadClaims claims, OwnerLookup lookup)
      implements WriteFence {
    /// The right to write the files of a thread.
    interface OwnerLookup {
      FileOwner of(ThreadId thread) throws IOException;
    }

    @Override
    public FileOwner owner(String path) throws IOException {
      members.requireNotLost();
      var thread = DataDir.threadOf(DataDir.plain(Path.of(path)));
      return thread.isPresent() ? lookup.of(thread.get()) : members.unthreaded();
    }

    @Override
    public boolean isShared() {
      return !members.isSole();
    }

    @Override
    public boolean claimBy(String path, FirstClaim claim) throws IOException {
      members.requireNotLost();
      var thread = DataDir.threadOf(DataDir.plain(Path.of(path)));
      return thread.isPresent() && claims.claimBy(thread.get(), claim);
    }

    @Override
    public void requireNotLost(FileOwner owner) throws IOException {
      members.requireNotLost();
      claims.requireNotLost(owner);
    }

    @Override
    public void requireHeld(FileOwner owner) throws IOException {
      if (owner.isShared()) {
        members.requireMember();
      } else {
        claims.requireHeld(owner);
      }
    }
  }
}
