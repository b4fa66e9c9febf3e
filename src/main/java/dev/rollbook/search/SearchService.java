package dev.rollbook.search;

import static java.util.stream.Collectors.toMap;

import dev.rollbook.access.Access;
import dev.rollbook.model.DeletedThreads;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.RollbookException.SearchDisabled;
import dev.rollbook.model.RollbookException.SearchUnavailable;
import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.model.RollbookException.TooManyRequests.Limit;
import dev.rollbook.search.SearchHits.Hit;
import dev.rollbook.statedb.ThreadRepository;
import dev.rollbook.statedb.ThreadRow;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.lucene.search.IndexSearcher.TooManyClauses;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;

/// Executes searches on a few platform threads.
///
/// Searches are CPU-bound. On virtual threads, a few searches would occupy all carrier threads and
/// block all other requests.
@Service
public class SearchService implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SearchService.class);
  private static final int MAX_QUEUED = 100;

  /// From the request on, queueing included.
  private static final Duration SEARCH_TIMEOUT = Duration.ofSeconds(2);

  private static final Duration QUEUE_TIMEOUT = Duration.ofSeconds(1);

  private final SearchIndex index;
  private final SearchIndexer indexer;
  private final ThreadRepository rows;
  private final DeletedThreads deleted;
  private final Timer timer;
  private final boolean enabled;
  private final Semaphore permits;
  private final ExecutorService pool;

  SearchService(
      SearchIndex index,
      SearchIndexer indexer,
      ThreadRepository rows,
      DeletedThreads deleted,
      MeterRegistry registry,
      SearchProperties properties) {
    this.index = index;
    this.indexer = indexer;
    this.rows = rows;
    this.deleted = deleted;
    this.timer =
        Timer.builder("search.queries")
            .description("Time of searches")
            .publishPercentileHistogram()
            .register(registry);
    Gauge.builder("search.index.documents", index, SearchIndex::documents)
        .description("Items in the search index")
        .baseUnit("documents")
        .register(registry);
    Gauge.builder("search.index.behind", indexer, SearchService::behind)
        .description("Threads with items that are not indexed yet, if known")
        .baseUnit("threads")
        .register(registry);
    this.enabled = properties.enabled();
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    this.permits = new Semaphore(threads, true);
    this.pool =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().daemon().name("search-", 0).factory());
  }

  private static double behind(SearchIndexer indexer) {
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
      return withThreads(look(query), query, complete);
    } finally {
      sample.stop(timer);
    }
  }

  @Override
  public void close() {
    pool.shutdown();
  }

  /// Queues for at most half of the time limit, so that the other half is left for the search.
  private SearchExecution.Found look(SearchQuery query) {
    long begun = System.nanoTime();
    try {
      if (permits.getQueueLength() >= MAX_QUEUED
          || !permits.tryAcquire(QUEUE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new TooManyRequests(Limit.QUERIES, "too many searches are waiting already");
      }
      try {
        return pool.submit(() -> find(query, begun)).get();
      } finally {
        permits.release();
      }
    } catch (RejectedExecutionException e) {
      throw new SearchUnavailable("the service is stopping");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SearchUnavailable("the service is stopping");
    } catch (ExecutionException e) {
      throw problem(e.getCause());
    }
  }

  private SearchExecution.Found find(SearchQuery query, long begun) {
    long left =
        SEARCH_TIMEOUT.toMillis() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    return index.search(searcher -> SearchExecution.in(searcher, query, left));
  }

  private RuntimeException problem(@Nullable Throwable cause) {
    return switch (cause) {
      case TooManyClauses tooMany -> new InvalidRequest("q", "has too many words");
      case SearchIndexException failed -> {
        log.debug("the search index cannot be read", failed);
        if (failed.isDamage()) {
          indexer.reportDamage(failed);
        }
        yield new SearchUnavailable("the search index cannot be read now");
      }
      case RuntimeException unexpected -> unexpected;
      case null, default -> new IllegalStateException(cause);
    };
  }

  /// Leaves out hits in threads that were deleted since. Their ids may belong to others by now.
  private SearchHits withThreads(SearchExecution.Found found, SearchQuery query, boolean complete) {
    int limit = query.limit();
    var shown = found.items().subList(0, Math.min(limit, found.items().size()));
    var threads = threads(query.access(), shown);
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

  private Map<UUID, ThreadRow> threads(Access access, List<SearchExecution.Item> items) {
    var ids =
        items.stream()
            .map(item -> item.position().thread().value())
            .filter(id -> !deleted.contains(id))
            .distinct()
            .toList();
    return rows.findAllById(ids).stream()
        .filter(row -> access.sees(row.provenance().owner()))
        .collect(toMap(ThreadRow::id, Function.identity()));
  }
}
