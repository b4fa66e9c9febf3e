package dev.rollbook.model;

import java.time.Instant;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The turns of a thread and the tokens that they used, by the quarter of an hour in which the
/// turns began. All time zones begin a day at a quarter of an hour of UTC.
///
/// Stored as a text in the row of the thread, so that the usage of many threads is summed up
/// without reading their turns: 100 000 rows of threads instead of a million rows of turns. The
/// text has an entry `quarter,turns,input,cachedInput,output,reasoning,total` for each quarter with
/// turns, in order, separated by `;`. Zeros at the end of an entry are left out.
///
/// A text has at most [#MAX_ENTRIES] entries. If a thread has turns in more quarters, all but its
/// latest [#PRECISE_ENTRIES] are dated to noon of their day in UTC, and then the oldest days are
/// merged.
public final class UsageTimeline {
  public static final UsageTimeline EMPTY = new UsageTimeline("");

  static final int MAX_ENTRIES = 384;
  static final int PRECISE_ENTRIES = 96;

  private static final int SECONDS = 15 * 60;
  private static final int QUARTERS_PER_DAY = 96;
  private static final int NUMBERS = 7;

  private final String text;

  private UsageTimeline(String text) {
    this.text = text;
  }

  /// @param text from [#text]; what is no entry is ignored
  public static UsageTimeline of(@Nullable String text) {
    return text == null || text.isEmpty() ? EMPTY : new UsageTimeline(text);
  }

  /// Null where there is nothing.
  public @Nullable String text() {
    return text.isEmpty() ? null : text;
  }

  /// The quarter of an hour that has this time.
  public static long quarter(Instant at) {
    return Math.floorDiv(at.getEpochSecond(), SECONDS);
  }

  /// When a quarter of an hour begins.
  public static Instant start(long quarter) {
    return Instant.ofEpochSecond(quarter * SECONDS);
  }

  /// @param turns that began; 0 for more tokens of a turn that is counted
  public UsageTimeline plus(Instant at, int turns, TokenCounts tokens) {
    return turns == 0 && tokens.equals(TokenCounts.NONE)
        ? this
        : new Builder(this).add(at, turns, tokens).build();
  }

  public void forEach(Reader reader) {
    var numbers = new long[NUMBERS];
    int from = 0;
    while (from < text.length()) {
      int end = text.indexOf(';', from);
      end = end < 0 ? text.length() : end;
      if (read(from, end, numbers)) {
        reader.read(
            numbers[0],
            numbers[1],
            new TokenCounts(numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]));
      }
      from = end + 1;
    }
  }

  /// Reads an entry; false if it is none.
  private boolean read(int from, int end, long[] numbers) {
    int at = from;
    for (int n = 0; n < NUMBERS; n++) {
      if (n > 0 && at > end) {
        numbers[n] = 0;
        continue;
      }
      int comma = text.indexOf(',', at);
      int to = comma < 0 || comma > end ? end : comma;
      try {
        numbers[n] = Long.parseLong(text, at, to, 10);
      } catch (NumberFormatException e) {
        return false;
      }
      at = to + 1;
    }
    return at > end;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof UsageTimeline timeline && text.equals(timeline.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }

  /// Gets the entries in order.
  public interface Reader {
    /// @param quarter see [UsageTimeline#start]
    void read(long quarter, long turns, TokenCounts tokens);
  }

  /// Builds a timeline from many turns.
  public static final class Builder {
    private final TreeMap<Long, Entry> entries = new TreeMap<>();

    public Builder() {}

    private Builder(UsageTimeline from) {
      from.forEach((quarter, turns, tokens) -> put(quarter, new Entry(turns, tokens)));
    }

    private record Entry(long turns, TokenCounts tokens) {
      Entry plus(Entry other) {
        return new Entry(TokenCounts.sum(turns, other.turns), tokens.plus(other.tokens));
      }
    }

    public Builder add(Instant at, int turns, TokenCounts tokens) {
      put(quarter(at), new Entry(turns, tokens));
      if (entries.size() > MAX_ENTRIES) {
        shorten();
      }
      return this;
    }

    private void put(long quarter, Entry entry) {
      var sum = entries.merge(quarter, entry, Entry::plus);
      if (sum.turns == 0 && sum.tokens.equals(TokenCounts.NONE)) {
        entries.remove(quarter);
      }
    }

    private void shorten() {
      var old = new TreeMap<Long, Entry>();
      while (entries.size() > PRECISE_ENTRIES) {
        var first = entries.pollFirstEntry();
        old.merge(noon(first.getKey()), first.getValue(), Entry::plus);
      }
      while (old.size() + entries.size() > MAX_ENTRIES) {
        var first = old.pollFirstEntry();
        old.merge(old.firstKey(), first.getValue(), Entry::plus);
      }
      old.forEach(this::put);
    }

    private static long noon(long quarter) {
      return quarter - Math.floorMod(quarter, QUARTERS_PER_DAY) + QUARTERS_PER_DAY / 2;
    }

    public UsageTimeline build() {
      var text = new StringBuilder();
      entries.forEach((quarter, entry) -> append(text, quarter, entry));
      return of(text.toString());
    }

    private static void append(StringBuilder text, long quarter, Entry entry) {
      var tokens = entry.tokens;
      long[] numbers = {
        quarter,
        entry.turns,
        tokens.input(),
        tokens.cachedInput(),
        tokens.output(),
        tokens.reasoning(),
        tokens.total()
      };
      int used = NUMBERS;
      while (used > 1 && numbers[used - 1] == 0) {
        used--;
      }
      for (int n = 0; n < used; n++) {
        text.append(n > 0 ? "," : text.isEmpty() ? "" : ";").append(numbers[n]);
      }
    }
  }
}
