package dev.rollbook.web.security.certificate;

import org.springframework.security.core.AuthenticationException;

/// Thrown if a client certificate is valid but is not a caller. The message completes the sentence
/// "the client certificate ...".
public final class UnmappedCertificateException extends AuthenticationException {
  UnmappedCertificateException(String message) {
    super(message);
  }
}
