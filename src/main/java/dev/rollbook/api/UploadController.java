package dev.rollbook.api;

import dev.rollbook.api.http.MediaTypes;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// Appends of one item a line, of any length in all.
@RestController
@RequestMapping(
    path = "/v1/threads/{threadId}",
    consumes = MediaTypes.NDJSON,
    produces = MediaType.APPLICATION_JSON_VALUE)
class UploadController {
  private final Uploads uploads;

  UploadController(Uploads uploads) {
    this.uploads = uploads;
  }

  @PostMapping("/turns/{turnId}/items")
  Receipt append(
      @PathVariable ThreadId threadId,
      @PathVariable TurnId turnId,
      @RequestParam(required = false) @Nullable Long expectedOrdinal,
      @RequestParam(required = false) @Nullable String wrap,
      HttpServletRequest request)
      throws IOException {
    return uploads.take(request, threadId, turnId, LineForm.of(wrap), ordinal(expectedOrdinal));
  }

  @PostMapping("/items")
  Receipt appendOutsideTurns(
      @PathVariable ThreadId threadId,
      @RequestParam(required = false) @Nullable Long expectedOrdinal,
      @RequestParam(required = false) @Nullable String wrap,
      HttpServletRequest request)
      throws IOException {
    return uploads.take(request, threadId, null, LineForm.of(wrap), ordinal(expectedOrdinal));
  }

  private static @Nullable Long ordinal(@Nullable Long expected) {
    if (expected != null && expected < 0) {
      throw new InvalidRequest("expectedOrdinal", "must be a whole number from 0 on");
    }
    return expected;
  }
}
