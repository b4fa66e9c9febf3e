package dev.rollbook.web.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.micrometer.core.instrument.LongTaskTimer;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.web.filter.ServerHttpObservationFilter;

/// The meters of requests are those of Spring's observation.
class RequestMeterFilterTest {
  private static Stream<Arguments> handlings() {
    return Stream.of(
        handling(
            "success", chain((request, response) -> pattern(request, "/v1/threads/{threadId}"))),
        handling("root", chain((request, response) -> pattern(request, ""))),
        handling("no pattern", chain((request, response) -> {})),
        handling("unknown path", chain((request, response) -> response.setStatus(404))),
        handling("redirect", chain((request, response) -> response.setStatus(302))),
        handling(
            "failure that was answered",
            chain((request, response) -> {
              pattern(request, "/v1/threads");
              response.setStatus(503);
            })),
        handling(
            "failure of the container",
            chain((request, response) ->
                request.setAttribute(
                    RequestDispatcher.ERROR_EXCEPTION, new IllegalStateException("x")))),
        handling(
            "I/O failure",
            (request, response) -> {
              throw new IOException("x");
            }),
        handling(
            "nested failure",
            (request, response) -> {
              throw new ServletException(new IllegalArgumentException("x"));
            }),
        handling(
            "anonymous failure",
            (request, response) -> {
              throw new IllegalStateException("x") {};
            }));
  }

  @ParameterizedTest
  @MethodSource("handlings")
  void countsLikeTheObservation(@SuppressWarnings("unused") String name, FilterChain handling) {
    var observed = handle(RequestMeterFilterTest::observing, handling);
    var counted = handle(RequestMeterFilter::new, handling);

    assertThat(counted.meters()).isEqualTo(observed.meters()).hasSize(2);
    assertThat(counted.status()).isEqualTo(observed.status());
    assertThat(counted.thrown()).isEqualTo(observed.thrown());
  }

  @Test
  void aRequestIsActiveWhileItIsHandled() throws ServletException, IOException {
    var registry = new SimpleMeterRegistry();
    new RequestMeterFilter(registry)
        .doFilter(
            request(),
            new MockHttpServletResponse(),
            (request, response) -> assertThat(active(registry)).isOne());

    assertThat(active(registry)).isZero();
  }

  private static int active(MeterRegistry registry) {
    return registry.get("http.server.requests.active").longTaskTimer().activeTasks();
  }

  private static Result handle(Function<MeterRegistry, Filter> filter, FilterChain handling) {
    var registry = new SimpleMeterRegistry();
    var response = new MockHttpServletResponse();
    var thrown =
        catchThrowable(() -> filter.apply(registry).doFilter(request(), response, handling));
    var meters =
        registry.getMeters().stream()
            .collect(Collectors.toMap(Meter::getId, RequestMeterFilterTest::count));
    return new Result(meters, response.getStatus(), thrown == null ? null : thrown.getClass());
  }

  private static Filter observing(MeterRegistry registry) {
    var observations = ObservationRegistry.create();
    observations
        .observationConfig()
        .observationHandler(new DefaultMeterObservationHandler(registry));
    return new ServerHttpObservationFilter(observations);
  }

  private static long count(Meter meter) {
    return switch (meter) {
      case Timer timer -> timer.count();
      case LongTaskTimer running -> running.activeTasks();
      default -> throw new AssertionError("unexpected meter " + meter.getId());
    };
  }

  private static MockHttpServletRequest request() {
    return new MockHttpServletRequest("POST", "/v1/threads/1");
  }

  private static void pattern(HttpServletRequest request, String pattern) {
    ServerHttpObservationFilter.findObservationContext(request)
        .orElseThrow()
        .setPathPattern(pattern);
  }

  private static Arguments handling(String name, FilterChain handling) {
    return Arguments.of(name, handling);
  }

  private static FilterChain chain(Handling handling) {
    return (request, response) ->
        handling.run((HttpServletRequest) request, (HttpServletResponse) response);
  }

  private interface Handling {
    void run(HttpServletRequest request, HttpServletResponse response);
  }

  private record Result(Map<Meter.Id, Long> meters, int status, Class<?> thrown) {}
}
