package dev.rollbook.web.security;

/// The service would listen where other machines reach it, and asks nobody who they are.
final class OpenAddressException extends RuntimeException {
  /// @param setting that the address comes from
  OpenAddressException(String setting, String address) {
    super(
        ("%s is %s, which other machines can reach, but Rollbook has no authentication: who reaches"
                + " it could read and write all threads.")
            .formatted(setting, address),
        null,
        false,
        false);
  }
}
