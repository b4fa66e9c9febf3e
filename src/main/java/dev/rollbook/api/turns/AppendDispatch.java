package dev.rollbook.api.turns;

import dev.rollbook.access.Access;
import dev.rollbook.api.LogContextInterceptor;
import dev.rollbook.api.cluster.PassOnInterceptor;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.web.security.access.CallerAccess;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.ServerHttpObservationFilter;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerAdapter;
import org.springframework.web.servlet.HandlerExecutionChain;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.HandlerMapping;
import org.springframework.web.servlet.ModelAndView;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;

/// Shortcut from Spring's `DispatcherServlet` to [AppendController]: a handler mapping that reads
/// the ids at fixed positions of the path, and the adapter that calls the controller and writes the
/// receipt.
///
/// Nearly all requests are appends. For them, trying the patterns of all controllers, converting
/// arguments and negotiating the media type of the receipt cost more than the append itself.
///
/// Requests with a query, an invalid id or unusual headers are left to Spring's mapping of all
/// controllers. It calls the same methods of the controller, so the responses are the same.
@Component
final class AppendDispatch implements HandlerMapping, HandlerAdapter, Ordered {
  private static final String THREADS = "/v1/threads/";
  private static final String TURNS = "/turns/";
  private static final String ITEMS = "/items";
  private static final String OUTSIDE_TURNS = THREADS + "{threadId}" + ITEMS;
  private static final String TO_TURN = THREADS + "{threadId}" + TURNS + "{turnId}" + ITEMS;
  private static final int ID_LENGTH = 36;
  private static final int THREAD_END = THREADS.length() + ID_LENGTH;
  private static final int TURN_END = THREAD_END + TURNS.length() + ID_LENGTH;

  /// Values of `Accept` that leave nothing to negotiate.
  private static final Set<String> JSON_ACCEPTED =
      Set.of(MediaType.APPLICATION_JSON_VALUE, MediaType.ALL_VALUE);

  private final AppendController controller;
  private final CallerAccess callers;
  private final HandlerInterceptor[] interceptors;
  private final ObjectWriter receipts;
  private final HandlerMethod toTurn;
  private final HandlerMethod outsideTurns;

  AppendDispatch(
      AppendController controller,
      CallerAccess callers,
      LogContextInterceptor logContext,
      ObjectProvider<PassOnInterceptor> passOn,
      JsonMapper json)
      throws NoSuchMethodException {
    this.controller = controller;
    this.callers = callers;
    this.interceptors =
        Stream.<HandlerInterceptor>concat(Stream.of(logContext), passOn.stream())
            .toArray(HandlerInterceptor[]::new);
    this.receipts = json.writerFor(AppendReceipt.class);
    this.toTurn =
        method("append", Access.class, ThreadId.class, TurnId.class, HttpServletRequest.class);
    this.outsideTurns =
        method("appendOutsideTurns", Access.class, ThreadId.class, HttpServletRequest.class);
  }

  private HandlerMethod method(String name, Class<?>... parameters) throws NoSuchMethodException {
    return new HandlerMethod(
        controller, AppendController.class.getDeclaredMethod(name, parameters));
  }

  @Override
  public int getOrder() {
    return HIGHEST_PRECEDENCE;
  }

  @Override
  public @Nullable HandlerExecutionChain getHandler(HttpServletRequest request) {
    if (!HttpMethod.POST.matches(request.getMethod())
        || request.getQueryString() != null
        || !MediaType.APPLICATION_JSON_VALUE.equals(request.getContentType())
        || !acceptsJson(request)) {
      return null;
    }
    var append = append(request.getServletPath());
    if (append == null) {
      return null;
    }
    var pattern = append.pattern();
    request.setAttribute(BEST_MATCHING_PATTERN_ATTRIBUTE, pattern);
    request.setAttribute(URI_TEMPLATE_VARIABLES_ATTRIBUTE, append.variables());
    ServerHttpObservationFilter.findObservationContext(request)
        .ifPresent(context -> context.setPathPattern(pattern));
    return new HandlerExecutionChain(append, interceptors);
  }

  private static boolean acceptsJson(HttpServletRequest request) {
    var accepted = request.getHeaders(HttpHeaders.ACCEPT);
    return !accepted.hasMoreElements()
        || (JSON_ACCEPTED.contains(accepted.nextElement()) && !accepted.hasMoreElements());
  }

  /// Null for another path.
  private @Nullable Append append(String path) {
    if (!path.startsWith(THREADS) || !path.endsWith(ITEMS)) {
      return null;
    }
    int end = path.length() - ITEMS.length();
    boolean isToTurn = end == TURN_END && path.startsWith(TURNS, THREAD_END);
    if (!isToTurn && end != THREAD_END) {
      return null;
    }
    var thread = path.substring(THREADS.length(), THREAD_END);
    var turn = isToTurn ? path.substring(TURN_END - ID_LENGTH, TURN_END) : null;
    try {
      return turn == null
          ? new Append(outsideTurns, ThreadId.parse(thread), null)
          : new Append(toTurn, ThreadId.parse(thread), TurnId.parse(turn));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  @Override
  public boolean supports(Object handler) {
    return handler instanceof Append;
  }

  @Override
  public @Nullable ModelAndView handle(
      HttpServletRequest request, HttpServletResponse response, Object handler) throws IOException {
    var append = (Append) handler;
    var access = callers.of(request);
    var receipt =
        append.turn == null
            ? controller.appendOutsideTurns(access, append.thread, request)
            : controller.append(access, append.thread, append.turn, request);
    var body = receipts.writeValueAsBytes(receipt);
    response.setContentType(MediaType.APPLICATION_JSON_VALUE);
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
    return null;
  }

  /// The method of the controller with the ids of one request. A `HandlerMethod`, so that failures
  /// are answered as those of all controllers.
  private static final class Append extends HandlerMethod {
    private final ThreadId thread;
    private final @Nullable TurnId turn;

    Append(HandlerMethod method, ThreadId thread, @Nullable TurnId turn) {
      super(method);
      this.thread = thread;
      this.turn = turn;
    }

    String pattern() {
      return turn == null ? OUTSIDE_TURNS : TO_TURN;
    }

    Map<String, String> variables() {
      return turn == null
          ? Map.of("threadId", thread.toString())
          : Map.of("threadId", thread.toString(), "turnId", turn.toString());
    }
  }
}
