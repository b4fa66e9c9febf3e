package dev.rollbook.web.security.certificate;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// A name of the owner of a certificate.
///
/// The type is part of the name, so that an authority that may only confirm one type of name cannot
/// make a certificate with the same text as another type.
record CertificateName(Type type, String value) {
  private static final Pattern URI = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:[!-~]+");
  private static final Pattern EMAIL = Pattern.compile("[!-?A-~]+@[A-Za-z0-9.-]+");
  private static final Pattern DNS =
      Pattern.compile(
          "([A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?\\.)*[A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])?");

  enum Type {
    EMAIL,
    DNS,
    URI,
    COMMON_NAME
  }

  /// DNS names are compared without regard to case, all others exactly.
  CertificateName {
    value = type == Type.DNS ? value.toLowerCase(Locale.ROOT) : value;
  }

  /// Parses a subject alternative name. Empty if the text is no URI, DNS name or e-mail address.
  /// Wildcards are refused, because a caller has one name.
  static Optional<CertificateName> parse(String san) {
    if (URI.matcher(san).matches()) {
      return Optional.of(new CertificateName(Type.URI, san));
    }
    if (EMAIL.matcher(san).matches()) {
      return Optional.of(new CertificateName(Type.EMAIL, san));
    }
    return DNS.matcher(san).matches()
        ? Optional.of(new CertificateName(Type.DNS, san))
        : Optional.empty();
  }

  /// The subject alternative names of a certificate, without those of other types.
  static Set<CertificateName> alternativeNamesOf(X509Certificate certificate)
      throws CertificateParsingException {
    var names = new HashSet<CertificateName>();
    Collection<List<?>> all = certificate.getSubjectAlternativeNames();
    if (all == null) {
      return names;
    }
    for (var name : all) {
      if (name.get(0) instanceof Integer tag && name.get(1) instanceof String value) {
        typeOf(tag).ifPresent(type -> names.add(new CertificateName(type, value)));
      }
    }
    return names;
  }

  /// @param tag of the type in RFC 5280, `GeneralName`
  private static Optional<Type> typeOf(int tag) {
    return switch (tag) {
      case 1 -> Optional.of(Type.EMAIL);
      case 2 -> Optional.of(Type.DNS);
      case 6 -> Optional.of(Type.URI);
      default -> Optional.empty();
    };
  }
}
