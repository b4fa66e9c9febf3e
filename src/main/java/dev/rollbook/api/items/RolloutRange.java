package dev.rollbook.api.items;

import dev.rollbook.rollout.RolloutContent;
import dev.rollbook.web.http.MediaTypes;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.AbstractResource;
import org.springframework.core.io.InputStreamResource;
import org.springframework.core.io.Resource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpRange;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.ErrorResponseException;

/// Serves a rollout file, or the byte ranges of it that the `Range` header requests.
///
/// The whole file is sent, as RFC 9110 allows, if the header is malformed, uses a unit other than
/// bytes, or has more ranges than Spring accepts. The whole file is also sent if the ranges
/// together are as long as the file or longer, or if `If-Range` names another version of the file.
/// If all ranges begin after the end of the file, the request gets 416.
final class RolloutRange {
  private final RolloutContent content;
  private final String tag;

  RolloutRange(RolloutContent content) throws IOException {
    this.content = content;
    this.tag = content.tag();
  }

  ResponseEntity<Resource> answer(HttpHeaders headers) {
    var resource = new RolloutResource();
    var whole =
        ResponseEntity.ok()
            .contentType(MediaType.valueOf(MediaTypes.NDJSON))
            .eTag(tag)
            .lastModified(content.modified());
    // Spring applies Range to all other resources.
    return headers.containsHeader(HttpHeaders.RANGE) && !isUsable(headers)
        ? whole.contentLength(content.length()).body(new InputStreamResource(resource))
        : whole.body(resource);
  }

  private boolean isUsable(HttpHeaders headers) {
    if (!isForThisVersion(headers.getFirst(HttpHeaders.IF_RANGE))) {
      return false;
    }
    List<HttpRange> ranges;
    try {
      ranges = HttpRange.parseRanges(headers.getFirst(HttpHeaders.RANGE));
    } catch (IllegalArgumentException e) {
      return false;
    }
    if (ranges.stream().allMatch(this::isAfterEnd)) {
      throw notSatisfiable(content.length());
    }
    return ranges.stream().noneMatch(this::isAfterEnd) && isLessThanAll(ranges);
  }

  private boolean isAfterEnd(HttpRange range) {
    return range.getRangeStart(content.length()) >= content.length();
  }

  private boolean isLessThanAll(List<HttpRange> ranges) {
    long length = content.length();
    return ranges.size() == 1
        || ranges.stream()
                .mapToLong(range -> range.getRangeEnd(length) - range.getRangeStart(length) + 1)
                .sum()
            < length;
  }

  /// Compares an ETag, or a time with a resolution of seconds.
  private boolean isForThisVersion(@Nullable String condition) {
    if (condition == null || condition.equals("\"" + tag + "\"")) {
      return true;
    }
    var sent = new HttpHeaders();
    sent.setLastModified(content.modified());
    return condition.equals(sent.getFirst(HttpHeaders.LAST_MODIFIED));
  }

  /// 416: all ranges begin after the end of the file.
  private static ErrorResponseException notSatisfiable(long length) {
    var status = HttpStatus.REQUESTED_RANGE_NOT_SATISFIABLE;
    var detail = "the rollout has %d bytes".formatted(length);
    var failure =
        new ErrorResponseException(status, ProblemDetail.forStatusAndDetail(status, detail), null);
    failure.getHeaders().set(HttpHeaders.CONTENT_RANGE, "bytes */" + length);
    return failure;
  }

  /// The rollout as a Spring resource, with the length that it had at the time of the request.
  private final class RolloutResource extends AbstractResource {
    @Override
    public String getDescription() {
      return content.fileName();
    }

    @Override
    public long contentLength() {
      return content.length();
    }

    @Override
    public long lastModified() {
      return content.modified().toEpochMilli();
    }

    @Override
    public InputStream getInputStream() throws IOException {
      return content.open();
    }
  }
}
