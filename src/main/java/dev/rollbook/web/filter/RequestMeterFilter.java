package dev.rollbook.web.filter;

import io.micrometer.common.KeyValues;
import io.micrometer.core.instrument.LongTaskTimer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.observation.ObservationRegistry;
import jakarta.servlet.FilterChain;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.springframework.http.server.observation.DefaultServerRequestObservationConvention;
import org.springframework.http.server.observation.ServerRequestObservationContext;
import org.springframework.web.filter.ServerHttpObservationFilter;

/// Meters of requests: `http.server.requests` and `http.server.requests.active`, with the names and
/// tags of Spring's convention.
///
/// It takes the place of Spring's observation of requests, whose other parts serve tracing only:
/// maps of tags for spans, a scope, and the name of the span. No request of this service is
/// asynchronous, so the time of a request ends when the filter returns.
final class RequestMeterFilter extends ServerHttpObservationFilter {
  private final DefaultServerRequestObservationConvention convention =
      new DefaultServerRequestObservationConvention();
  private final ConcurrentMap<KeyValues, LongTaskTimer> active = new ConcurrentHashMap<>();
  private final ConcurrentMap<KeyValues, Timer> ended = new ConcurrentHashMap<>();
  private final MeterRegistry registry;

  RequestMeterFilter(MeterRegistry registry) {
    super(ObservationRegistry.NOOP);
    this.registry = registry;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    var context = new ServerRequestObservationContext(request, response);
    // Spring puts the pattern of the path and some failures into it.
    request.setAttribute(CURRENT_OBSERVATION_CONTEXT_ATTRIBUTE, context);
    var running = active.computeIfAbsent(tags(context), this::activeTimer).start();
    long start = System.nanoTime();
    try {
      chain.doFilter(request, response);
    } catch (ServletException | IOException | RuntimeException e) {
      context.setError(e instanceof ServletException && e.getCause() != null ? e.getCause() : e);
      response.setStatus(HttpServletResponse.SC_INTERNAL_SERVER_ERROR);
      throw e;
    } finally {
      if (request.getAttribute(RequestDispatcher.ERROR_EXCEPTION) instanceof Throwable failure) {
        context.setError(failure);
      }
      var time = Duration.ofNanos(System.nanoTime() - start);
      ended.computeIfAbsent(tags(context), tags -> timer(tags, context)).record(time);
      running.stop();
    }
  }

  private KeyValues tags(ServerRequestObservationContext context) {
    return convention.getLowCardinalityKeyValues(context);
  }

  private LongTaskTimer activeTimer(KeyValues tags) {
    return registry.more().longTaskTimer(convention.getName() + ".active", of(tags));
  }

  private Timer timer(KeyValues tags, ServerRequestObservationContext context) {
    var failure = context.getError();
    var error = failure == null ? "none" : failure.getClass().getSimpleName();
    return registry.timer(convention.getName(), of(tags).and("error", error));
  }

  private static Tags of(KeyValues tags) {
    var all = Tags.empty();
    for (var tag : tags) {
      all = all.and(tag.getKey(), tag.getValue());
    }
    return all;
  }
}
