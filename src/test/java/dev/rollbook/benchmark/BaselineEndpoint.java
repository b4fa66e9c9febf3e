package dev.rollbook.benchmark;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.springframework.context.annotation.Profile;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/// Baseline of the HTTP stack alone: accepts an append and returns a constant receipt.
///
/// Found by the service only where tests are on its class path, and made only for the benchmark.
@RestController
@Profile(BaselineEndpoint.PROFILE)
class BaselineEndpoint {
  static final String PROFILE = "benchmark";

  private static final byte[] RECEIPT =
      """
      {"threadId":"01a2041d-18e1-7124-8ac0-380031ce19aa",\
      "turnId":"01a2041d-19f9-775e-885f-9a8642eb198e","turnStatus":"inProgress","accepted":1,\
      "duplicates":0,"firstOrdinal":4,"lastOrdinal":4,"persistence":{"status":"persisted"}}\
      """
          .getBytes(StandardCharsets.US_ASCII);

  /// The first path has the length of the real one, so that requests are the same to the byte; the
  /// others are for load generators that know nothing of threads.
  @PostMapping(
      path = {"/v0/threads/{threadId}/turns/{turnId}/items", "/append", "/create"},
      produces = MediaType.APPLICATION_JSON_VALUE)
  byte[] answer(HttpServletRequest request) throws IOException {
    request.getInputStream().readAllBytes();
    return RECEIPT;
  }
}
