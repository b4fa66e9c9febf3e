package dev.rollbook.web.security.token;

/// Thrown if a file with tokens or their hashes cannot be used. The message is a sentence without
/// the name of the file, and without anything that could be a token.
final class InvalidTokensException extends Exception {
  InvalidTokensException(String message) {
    super(message, null, false, false);
  }
}
