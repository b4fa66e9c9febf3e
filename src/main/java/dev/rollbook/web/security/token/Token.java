package dev.rollbook.web.security.token;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/// A bearer token: `rbk_<key id>_<random>_<checksum>`, in letters and digits.
///
/// The key id says which entry of the tokens file has the hash of the token. The random part has
/// 256 bits, so that the hash needs neither salt nor stretching. The checksum is a CRC-32 of all
/// before it: with the prefix, secret scanners recognise a token without asking the service.
///
/// @param text the whole token; it must not be logged
record Token(String keyId, String text) {
  static final Pattern KEY_ID = Pattern.compile("[A-Za-z0-9]{4,32}");

  static final String PREFIX = "rbk_";
  private static final Pattern FORM =
      Pattern.compile("rbk_([A-Za-z0-9]{4,32})_[A-Za-z0-9]{43}_[A-Za-z0-9]{6}");
  private static final String DIGITS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final BigInteger BASE = BigInteger.valueOf(DIGITS.length());

  /// Only copied: looking the algorithm up takes as long as hashing a token.
  private static final MessageDigest SHA_256 = newSha256();

  private static final int RANDOM_BYTES = 32;
  private static final int RANDOM_DIGITS = 43;
  private static final int CHECKSUM_DIGITS = 6;
  private static final int KEY_ID_BYTES = 5;
  private static final int KEY_ID_DIGITS = 7;

  static Token create(SecureRandom random) {
    var keyId = digits(random(random, KEY_ID_BYTES), KEY_ID_DIGITS);
    var unchecked =
        PREFIX + keyId + "_" + digits(random(random, RANDOM_BYTES), RANDOM_DIGITS) + "_";
    return new Token(keyId, unchecked + checksum(unchecked));
  }

  /// Empty if the text does not have the form of a token.
  static Optional<Token> parse(String text) {
    var parts = FORM.matcher(text);
    return parts.matches() ? Optional.of(new Token(parts.group(1), text)) : Optional.empty();
  }

  /// The token that a client claims to have; whether it is one, its hash decides. Empty if the text
  /// names no key, or has not the length of a token: the hash of a short secret in the tokens file
  /// is never accepted. A regular expression would take as long as the hash.
  static Optional<Token> claimed(String text) {
    int end = text.indexOf('_', PREFIX.length());
    boolean hasLength = end > 0 && text.length() == end + 1 + RANDOM_DIGITS + 1 + CHECKSUM_DIGITS;
    return text.startsWith(PREFIX) && hasLength
        ? Optional.of(new Token(text.substring(PREFIX.length(), end), text))
        : Optional.empty();
  }

  byte[] bytes() {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  byte[] sha256() {
    try {
      var digest = (MessageDigest) SHA_256.clone();
      return digest.digest(bytes());
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("SHA-256 of this JDK cannot be copied", e);
    }
  }

  private static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static String checksum(String text) {
    var crc = new CRC32();
    crc.update(text.getBytes(StandardCharsets.US_ASCII));
    return digits(BigInteger.valueOf(crc.getValue()), CHECKSUM_DIGITS);
  }

  private static BigInteger random(SecureRandom random, int bytes) {
    var drawn = new byte[bytes];
    random.nextBytes(drawn);
    return new BigInteger(1, drawn);
  }

  private static String digits(BigInteger number, int count) {
    var digits = new char[count];
    var rest = number;
    for (int at = count - 1; at >= 0; at--) {
      var parts = rest.divideAndRemainder(BASE);
      digits[at] = DIGITS.charAt(parts[1].intValue());
      rest = parts[0];
    }
    return new String(digits);
  }

  @Override
  public String toString() {
    return PREFIX + keyId;
  }
}
