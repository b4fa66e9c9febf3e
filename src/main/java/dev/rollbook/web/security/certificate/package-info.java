/// Client certificates (mutual TLS).
///
/// Tomcat checks at the handshake that the certificate is of a trusted authority.
/// [CertificateAuthenticator] finds the caller that one of its names ([CertificateName]) is mapped
/// to. [CertificateSettings] are the mappings of [CertificateProperties], checked at the start
/// together with the settings of Spring Boot for TLS.
@NullMarked
@NamedInterface("certificate")
package dev.rollbook.web.security.certificate;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
