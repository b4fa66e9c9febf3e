package dev.rollbook.web.security.jwt;

import org.springframework.security.core.AuthenticationException;

/// Thrown if a token is valid but is not a caller: a claim is missing or not accepted. The message
/// completes the sentence "the token ...".
public final class UnmappedClaimsException extends AuthenticationException {
  UnmappedClaimsException(String message) {
    super(message);
  }
}
