package dev.rollbook.api.usage;

import dev.rollbook.access.Access;
import dev.rollbook.api.QueryParameters;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.Timestamps;
import dev.rollbook.usage.UsageQuery;
import dev.rollbook.usage.UsageQuery.Dimension;
import dev.rollbook.usage.UsageReport;
import dev.rollbook.usage.UsageService;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// Controller for token usage, summed up over threads.
@RestController
@RequestMapping(path = "/v1/usage", produces = MediaType.APPLICATION_JSON_VALUE)
record UsageController(UsageService usage) {
  private static final int DEFAULT_LIMIT = 1000;
  private static final int MAX_LIMIT = 10_000;

  @GetMapping
  UsageReport report(
      Access access,
      @RequestParam(required = false) @Nullable String by,
      @RequestParam(required = false) @Nullable String since,
      @RequestParam(required = false) @Nullable String until,
      @RequestParam(required = false) @Nullable String zone,
      @RequestParam(required = false) @Nullable Integer limit,
      @RequestParam(required = false) @Nullable String archived,
      @RequestParam(required = false) @Nullable String source,
      @RequestParam(required = false) @Nullable String cwd,
      @RequestParam(required = false) @Nullable String model,
      @RequestParam(required = false) @Nullable String kind) {
    return usage.report(
        access,
        new UsageQuery(
            by == null ? EnumSet.of(Dimension.DAY) : dimensions(by),
            QueryParameters.parsed("since", since, Timestamps::parse),
            QueryParameters.parsed("until", until, Timestamps::parse),
            zone == null ? ZoneOffset.UTC : zone(zone),
            QueryParameters.limit(limit, DEFAULT_LIMIT, MAX_LIMIT),
            new UsageQuery.Filter(
                QueryParameters.choice("archived", archived, "false", "true"),
                source,
                cwd,
                model,
                QueryParameters.kind(kind, null))));
  }

  private static Set<Dimension> dimensions(String by) {
    var dimensions = EnumSet.noneOf(Dimension.class);
    for (var name : by.split(",", -1)) {
      var dimension = QueryParameters.parsed("by", name, Dimension::parse);
      if (dimension == null || !dimensions.add(dimension)) {
        throw new InvalidRequest("by", "has %s twice".formatted(name));
      }
    }
    return dimensions;
  }

  /// Offsets such as `+02:00` are accepted, too.
  private static ZoneId zone(String name) {
    try {
      return ZoneId.of(name);
    } catch (DateTimeException e) {
      throw new InvalidRequest("zone", "must be the name of a time zone, such as Europe/Berlin");
    }
  }
}
