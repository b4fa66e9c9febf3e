package dev.rollbook.search;

import dev.rollbook.model.DeletedThreads;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.RollbookException.SearchDisabled;
import dev.rollbook.model.RollbookException.SearchUnavailable;
import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.model.RollbookException.TooManyRequests.Limit;
import dev.rollbook.search.SearchHits.Hit;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.ThreadRows;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.lucene.search.IndexSearcher.TooManyClauses;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;

/// Answers searches.
///
/// They compute, and so have few threads of the system of their own: on virtual threads a handful
/// of them would hold up every other request.
@Service
public class Searches implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Searches.class);
  private static final int MOST_WAITING = 100;

  /// From the request on, waiting included.
  private static final Duration LONGEST = Duration.ofSeconds(2);

  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final SearchIndex index;
  private final Indexer indexer;
  private final ThreadRows rows;
  private final DeletedThreads deleted;
  private final Timer timer;
  private final boolean enabled;
  private final ThreadPoolExecutor pool;

  Searches(
      SearchIndex index,
      Indexer indexer,
      ThreadRows rows,
      DeletedThreads deleted,
      MeterRegistry registry,
      SearchProperties properties) {
    this.index = index;
    this.indexer = indexer;
    this.rows = rows;
    this.deleted = deleted;
    this.timer =
        Timer.builder("search.queries")
            .description("Time that a search took")
            .publishPercentileHistogram()
            .register(registry);
    Gauge.builder("search.index.documents", index, SearchIndex::documents)
        .description("Items that can be found")
        .baseUnit("documents")
        .register(registry);
    Gauge.builder("search.index.behind", indexer, Searches::behind)
        .description("Threads that have something that cannot be found yet, if known")
        .baseUnit("threads")
        .register(registry);
    this.enabled = properties.enabled();
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    this.pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(MOST_WAITING),
            Thread.ofPlatform().daemon().name("search-", 0).factory());
  }

  private static double behind(Indexer indexer) {
    var behind = indexer.behind();
    return behind == null ? Double.NaN : behind;
  }

  public SearchHits find(SearchQuery query) {
    if (!enabled) {
      throw new SearchDisabled();
    }
    var sample = Timer.start();
    try {
      boolean complete = indexer.isComplete();
      return withThreads(look(query), query.limit(), complete);
    } finally {
      sample.stop(timer);
    }
  }

  @Override
  public void close() {
    pool.shutdown();
  }

  /// Waits for its turn for half of the time, so that the other half is for the search.
  private Finding.Found look(SearchQuery query) {
    long begun = System.nanoTime();
    var claimed = new AtomicBoolean();
    var search =
        new FutureTask<>(() ->
            claimed.compareAndSet(false, true)
                ? find(query, begun)
                : new Finding.Found(List.of(), true));
    try {
      pool.execute(search);
      try {
        return search.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException stillWaiting) {
        if (claimed.compareAndSet(false, true)) {
          pool.remove(search);
          throw tooMany();
        }
        return search.get();
      }
    } catch (RejectedExecutionException busy) {
      throw tooMany();
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new SearchUnavailable("the service is stopping");
    } catch (ExecutionException failed) {
      throw problem(failed.getCause());
    }
  }

  private Finding.Found find(SearchQuery query, long begun) {
    long left = LONGEST.toMillis() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    return index.search(searcher -> Finding.in(searcher, query, left));
  }

  private static TooManyRequests tooMany() {
    return new TooManyRequests(Limit.QUERIES, "too many searches are waiting already");
  }

  private RuntimeException problem(@Nullable Throwable cause) {
    return switch (cause) {
      case TooManyClauses tooMany -> new InvalidRequest("q", "has too many words");
      case IndexFailed failed -> {
        log.debug("the search index cannot be read", failed);
        if (failed.isDamage()) {
          indexer.distrust(failed);
        }
        yield new SearchUnavailable("the search index cannot be read now");
      }
      case RuntimeException unexpected -> unexpected;
      case null, default -> new IllegalStateException(cause);
    };
  }

  /// What was found of a thread that is gone by now is left out.
  private SearchHits withThreads(Finding.Found found, int limit, boolean complete) {
    var shown = found.items().subList(0, Math.min(limit, found.items().size()));
    var threads = threads(shown);
    var hits = new ArrayList<Hit>();
    for (var item : shown) {
      var thread = threads.get(item.position().thread().value());
      if (thread != null) {
        hits.add(item.hit(thread));
      }
    }
    var next = found.items().size() > limit ? shown.getLast().position() : null;
    return new SearchHits(hits, next, found.partial() || !complete);
  }

  private Map<UUID, ThreadRow> threads(List<Finding.Item> items) {
    var ids =
        items.stream()
            .map(item -> item.position().thread().value())
            .filter(id -> !deleted.contains(id))
            .distinct()
            .toList();
    var threads = new HashMap<UUID, ThreadRow>();
    if (!ids.isEmpty()) {
      rows.findAllById(ids).forEach(row -> threads.put(row.id(), row));
    }
    return threads;
  }
}
