package dev.rollbook.web.security.certificate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// Certificates of authorities that are made for a test by the `keytool` of the JDK. Each one has
/// an alias in one keystore.
public final class TestCertificates {
  private static final String PASSWORD = "changeit";

  private final Path directory;
  private final Path file;

  public TestCertificates(Path directory) {
    this.directory = directory;
    this.file = directory.resolve("all.p12");
  }

  /// An authority that signs itself.
  public TestCertificates authority(String alias) throws IOException, InterruptedException {
    return keytool(alias, List.of("-dname", "CN=" + alias, "-ext", "bc:critical=ca:true"));
  }

  /// @param san as `keytool` writes subject alternative names, such as `uri:spiffe://acme/ci`
  public TestCertificates signedBy(String authority, String alias, String san)
      throws IOException, InterruptedException {
    return keytool(
        alias, List.of("-dname", "O=acme,CN=" + alias, "-ext", "san=" + san, "-signer", authority));
  }

  public X509Certificate certificate(String alias) throws GeneralSecurityException, IOException {
    return (X509Certificate) keystore().getCertificate(alias);
  }

  /// Writes the certificates of some aliases into one file. Replaces an existing file atomically,
  /// so that a service that reloads it never reads a part.
  public Path pem(String name, String... aliases) throws GeneralSecurityException, IOException {
    var text = new StringBuilder();
    for (var alias : aliases) {
      text.append(block("CERTIFICATE", certificate(alias).getEncoded()));
    }
    var written = Files.writeString(directory.resolve(name + ".new"), text);
    return Files.move(written, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  public Path privateKey(String alias) throws GeneralSecurityException, IOException {
    var key = keystore().getKey(alias, PASSWORD.toCharArray());
    return Files.writeString(
        directory.resolve(alias + ".key"), block("PRIVATE KEY", key.getEncoded()));
  }

  /// A client that trusts an authority and has a certificate if the server asks for it.
  public HttpClient client(String trusted, String... alias)
      throws GeneralSecurityException, IOException {
    var all = keystore();
    var keys = empty();
    for (var own : alias) {
      keys.setKeyEntry(
          own,
          all.getKey(own, PASSWORD.toCharArray()),
          PASSWORD.toCharArray(),
          all.getCertificateChain(own));
    }
    var trust = empty();
    trust.setCertificateEntry(trusted, all.getCertificate(trusted));
    var keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keyManagers.init(keys, PASSWORD.toCharArray());
    var trustManagers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trustManagers.init(trust);
    var context = SSLContext.getInstance("TLS");
    context.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
    return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).sslContext(context).build();
  }

  private TestCertificates keytool(String alias, List<String> options)
      throws IOException, InterruptedException {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-J-XX:TieredStopAtLevel=1",
                "-genkeypair",
                "-alias",
                alias,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-storetype",
                "PKCS12",
                "-keystore",
                file.toString(),
                "-storepass",
                PASSWORD));
    command.addAll(options);
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return this;
  }

  private KeyStore keystore() throws GeneralSecurityException, IOException {
    try (var input = Files.newInputStream(file)) {
      var keystore = KeyStore.getInstance("PKCS12");
      keystore.load(input, PASSWORD.toCharArray());
      return keystore;
    }
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    var keystore = KeyStore.getInstance("PKCS12");
    keystore.load(null, null);
    return keystore;
  }

  private static String block(String type, byte[] content) {
    var lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(type, lines, type);
  }
}
