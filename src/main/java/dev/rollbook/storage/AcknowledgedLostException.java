package dev.rollbook.storage;

import java.io.IOException;

/// Thrown once if the database no longer has bytes whose commit it had acknowledged, as after a
/// failover to a standby that lagged behind.
public final class AcknowledgedLostException extends IOException {
  AcknowledgedLostException(String path, long acknowledged, long found) {
    super(
        "the database lost %d acknowledged bytes of %s: it has %d of %d"
            .formatted(acknowledged - found, path, found, acknowledged));
  }
}
