package dev.rollbook.projection;

import dev.rollbook.model.RawJson;
import dev.rollbook.model.Unicode;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Sum of the usage of turns: whole numbers by name, nested objects likewise, nothing else.
///
/// Turns may state anything, so the sum is bounded: numbers saturate, and a turn that would make
/// the sum too long is left out. Names are sorted, so that the same turns result in the same text.
public final class Usage {
  public static final Usage NONE = new Usage(new Group(new TreeMap<>()));

  /// Length of a sum, which is part of the row and of lists.
  private static final int MAX_LENGTH = 16 * 1024;

  private final Group sum;

  private Usage(Group sum) {
    this.sum = sum;
  }

  /// The usage of a turn, or a sum from [#json()].
  public static Usage of(@Nullable RawJson json) {
    return json == null ? NONE : new Usage(Group.of(Payload.read(json)));
  }

  static Usage of(JsonNode node) {
    return NONE.plus(new Usage(Group.of(node)));
  }

  public static Usage of(@Nullable String json) {
    return of(json == null ? null : RawJson.of(json));
  }

  public Usage plus(Usage other) {
    if (other.sum.isEmpty()) {
      return this;
    }
    var total = new Usage(sum.plus(other.sum));
    return total.sum.json().length() > MAX_LENGTH ? this : total;
  }

  /// The difference to an earlier sum.
  public Usage minus(Usage other) {
    return other.sum.isEmpty() ? this : new Usage(sum.plus(other.sum.negated()));
  }

  boolean isNegative() {
    return sum.isNegative();
  }

  boolean isSame(Usage other) {
    return sum.equals(other.sum);
  }

  /// Null where there is nothing.
  @Nullable RawJson rawJson() {
    return sum.isEmpty() ? null : sum.json();
  }

  /// Null where there is nothing.
  public @Nullable String json() {
    return sum.isEmpty() ? null : sum.json().toString();
  }

  /// The value of a name.
  private sealed interface Amount {
    Amount negated();

    boolean isNegative();
  }

  private record Count(long value) implements Amount {
    @Override
    public Count negated() {
      return new Count(value == Long.MIN_VALUE ? Long.MAX_VALUE : -value);
    }

    @Override
    public boolean isNegative() {
      return value < 0;
    }

    Count plus(Count other) {
      long sum = value + other.value;
      boolean overflown = ((value ^ sum) & (other.value ^ sum)) < 0;
      return overflown ? new Count(value < 0 ? Long.MIN_VALUE : Long.MAX_VALUE) : new Count(sum);
    }
  }

  private record Group(SortedMap<String, Amount> amounts) implements Amount {
    static Group of(JsonNode node) {
      var amounts = new TreeMap<String, Amount>();
      if (node.isObject()) {
        node.forEachEntry((name, value) -> put(amounts, Unicode.wellFormed(name), value));
      }
      return new Group(amounts);
    }

    private static void put(SortedMap<String, Amount> amounts, String name, JsonNode value) {
      if (value.isIntegralNumber() && value.canConvertToLong()) {
        amounts.put(name, new Count(value.longValue()));
      } else if (value.isObject()) {
        var group = of(value);
        if (!group.isEmpty()) {
          amounts.put(name, group);
        }
      }
    }

    boolean isEmpty() {
      return amounts.isEmpty();
    }

    @Override
    public Group negated() {
      var negated = new TreeMap<String, Amount>();
      amounts.forEach((name, amount) -> negated.put(name, amount.negated()));
      return new Group(negated);
    }

    @Override
    public boolean isNegative() {
      return amounts.values().stream().anyMatch(Amount::isNegative);
    }

    Group plus(Group other) {
      var sum = new TreeMap<>(amounts);
      other.amounts.forEach((name, amount) -> sum.merge(name, amount, Group::add));
      return new Group(sum);
    }

    /// If a name is a number once and an object another time, the object counts.
    private static Amount add(Amount one, Amount two) {
      return switch (one) {
        case Count a when two instanceof Count b -> a.plus(b);
        case Count _ -> two;
        case Group a when two instanceof Group b -> a.plus(b);
        case Group a -> a;
      };
    }

    RawJson json() {
      var json = new Payload();
      amounts.forEach((name, amount) -> {
        switch (amount) {
          case Count count -> json.with(name, count.value());
          case Group group -> json.with(name, group.json());
        }
      });
      return json.build();
    }
  }
}
