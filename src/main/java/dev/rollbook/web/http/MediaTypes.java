package dev.rollbook.web.http;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.http.HttpHeaders;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.web.server.UnsupportedMediaTypeStatusException;

/// Media types of request and response bodies. A request without `Content-Type` is treated as a
/// request without a body, because `OriginFilter` refuses a body without `Content-Type`.
public final class MediaTypes {
  public static final String NDJSON = "application/x-ndjson";
  private static final String ZSTD = "application/zstd";
  public static final MediaType MERGE_PATCH = MediaType.valueOf("application/merge-patch+json");

  private MediaTypes() {}

  /// @param others types that are accepted besides JSON
  public static void requireJson(HttpServletRequest request, MediaType... others) {
    try {
      var given = request.getContentType();
      var type = given == null ? MediaType.APPLICATION_JSON : MediaType.parseMediaType(given);
      if (!type.equalsTypeAndSubtype(MediaType.APPLICATION_JSON)
          && Arrays.stream(others).noneMatch(type::equalsTypeAndSubtype)) {
        throw new UnsupportedMediaTypeStatusException(type, jsonAnd(others));
      }
    } catch (InvalidMediaTypeException e) {
      throw new UnsupportedMediaTypeStatusException("malformed Content-Type", jsonAnd(others));
    }
  }

  private static List<MediaType> jsonAnd(MediaType... others) {
    return Stream.concat(Stream.of(MediaType.APPLICATION_JSON), Arrays.stream(others)).toList();
  }

  /// Whether the body is an upload, which is read line by line as it arrives.
  public static boolean isUpload(HttpServletRequest request) {
    return is(NDJSON, request);
  }

  /// Whether the response may be a stream of lines.
  public static boolean acceptsNdjson(HttpServletRequest request) {
    var accept = request.getHeader(HttpHeaders.ACCEPT);
    return accept != null && (accept.contains("x-ndjson") || accept.contains("application/*"));
  }

  /// Whether the body is a compressed file.
  public static boolean isZstd(HttpServletRequest request) {
    return is(ZSTD, request);
  }

  /// Whether the body is compressed, according to its headers.
  public static boolean isCompressed(HttpServletRequest request) {
    return isZstd(request) || "zstd".equalsIgnoreCase(request.getHeader("Content-Encoding"));
  }

  private static boolean is(String type, HttpServletRequest request) {
    var given = request.getContentType();
    return given != null && given.regionMatches(true, 0, type, 0, type.length());
  }
}
