package dev.rollbook.web.security.peer;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;

/// Keys for HMAC-SHA256 that all replicas derive from `rollbook.cluster.secret` by HKDF (RFC 5869).
/// Each purpose has its own, so that what one key signs is never accepted for another purpose.
public final class ClusterKeys {
  private static final String ALGORITHM = "HmacSHA256";
  private static final int KEY_BYTES = 32;

  private ClusterKeys() {}

  public static SecretKey derive(String secret, Purpose purpose) {
    try {
      var parameters =
          HKDFParameterSpec.ofExtract()
              .addIKM(bytes(secret))
              .thenExpand(bytes("rollbook " + purpose), KEY_BYTES);
      return KDF.getInstance("HKDF-SHA256").deriveKey(ALGORITHM, parameters);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("each Java runtime has HKDF-SHA256", e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// What a key signs. The names are part of the derivation: replicas of two versions must agree.
  public enum Purpose {
    PEER_TOKEN,
    STREAM_TICKET
  }
}
