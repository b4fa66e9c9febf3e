package dev.rollbook.web.tomcat;

import dev.rollbook.web.http.ApiProblem;
import dev.rollbook.web.http.SecurityHeaders;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import tools.jackson.databind.json.JsonMapper;

/// Replaces the HTML error pages of Tomcat by problems (RFC 9457). Tomcat sends an error page if a
/// request does not reach a controller.
public final class TomcatErrorCustomizer
    implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {
  @Override
  public void customize(TomcatServletWebServerFactory factory) {
    // Tomcat throws if Accept-Language has more than ten entries.
    factory.addConnectorCustomizers(connector -> connector.setMaxLocaleCount(Integer.MAX_VALUE));
    factory.addContextCustomizers(context -> {
      if (context.getParent() instanceof StandardHost host) {
        host.setErrorReportValveClass(ProblemValve.class.getName());
      }
    });
  }

  /// Public because Tomcat creates it by name.
  public static final class ProblemValve extends ErrorReportValve {
    private static final Logger log = LoggerFactory.getLogger(ProblemValve.class);

    @Override
    protected void report(Request request, Response response, @Nullable Throwable failure) {
      int code = response.getStatus();
      var status = HttpStatus.resolve(code);
      if (code < 400
          || status == null
          || response.getContentWritten() > 0
          || !response.setErrorReported()) {
        return;
      }
      SecurityHeaders.set(request, response);
      try {
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        response.setCharacterEncoding(StandardCharsets.UTF_8);
        var writer = response.getReporter();
        if (writer != null) {
          writer.write(JsonMapper.shared().writeValueAsString(ApiProblem.of(status)));
          response.finishResponse();
        }
      } catch (IOException e) {
        log.debug("the error response could not be written", e);
      }
    }
  }
}
