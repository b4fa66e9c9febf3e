package dev.rollbook.usage;

import dev.rollbook.model.StartupException;
import dev.rollbook.model.TokenCounts;
import dev.rollbook.rollout.disk.LocalDisk;
import dev.rollbook.rollout.disk.StorageFaults;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/// Prices of models, from a file of the operator:
///
/// ```yaml
/// currency: USD
/// models:
///   gpt-5: {input: 1.25, cachedInput: 0.125, output: 10}
/// ```
///
/// Prices are for a million tokens. Without `cachedInput`, cached tokens cost as much as other
/// input. Everything that is not understood is refused, because a misspelled price would show wrong
/// costs.
final class PriceTable {
  private static final Pattern CURRENCY = Pattern.compile("[A-Z]{3}");
  private static final BigDecimal MAX_PRICE = BigDecimal.valueOf(1_000_000);
  private static final int TOKENS_OF_PRICE_EXPONENT = 6;
  private static final int DECIMALS = 6;
  private static final long MAX_FILE_BYTES = 1 << 20;
  private static final String INPUT = "input";
  private static final String CACHED_INPUT = "cachedInput";
  private static final String OUTPUT = "output";

  private final String currency;
  private final Map<String, Price> models;

  private PriceTable(String currency, Map<String, Price> models) {
    this.currency = currency;
    this.models = models;
  }

  /// Prices of a million tokens.
  record Price(BigDecimal input, BigDecimal cachedInput, BigDecimal output) {
    /// A price of the tokens, not rounded.
    BigDecimal of(TokenCounts tokens) {
      long cached = Math.clamp(tokens.cachedInput(), 0, Math.max(0, tokens.input()));
      return input
          .multiply(BigDecimal.valueOf(tokens.input() - cached))
          .add(cachedInput.multiply(BigDecimal.valueOf(cached)))
          .add(output.multiply(BigDecimal.valueOf(tokens.output())))
          .movePointLeft(TOKENS_OF_PRICE_EXPONENT);
    }
  }

  /// @throws StartupException if the file cannot be read, or is no price table
  static PriceTable read(Path file) {
    try {
      return parse(text(file));
    } catch (IOException e) {
      throw new StartupException(
          "The price table %s cannot be read: %s.".formatted(file, StorageFaults.shortCause(e)),
          "Correct rollbook.usage.prices-file, or allow the service to read the file.");
    } catch (InvalidPricesException e) {
      throw new StartupException(
          "The price table %s is not valid: %s.".formatted(file, e.getMessage()),
          "Correct the file, or remove rollbook.usage.prices-file.");
    }
  }

  private static String text(Path path) throws IOException, InvalidPricesException {
    var disk = new LocalDisk();
    try (var file = disk.openForRead(disk.realPath(path.toAbsolutePath().normalize()))) {
      if (file.size() > MAX_FILE_BYTES) {
        throw new InvalidPricesException("it is larger than 1 MB");
      }
      return new String(file.readFully(0, (int) file.size()), StandardCharsets.UTF_8);
    }
  }

  static PriceTable parse(String text) throws InvalidPricesException {
    var table = members(load(text), "it", Set.of("currency", "models"));
    if (!(table.get("currency") instanceof String currency)
        || !CURRENCY.matcher(currency).matches()) {
      throw new InvalidPricesException("currency must be three capital letters, such as USD");
    }
    if (!(table.get("models") instanceof Map<?, ?> models) || models.isEmpty()) {
      throw new InvalidPricesException("models must be an object with at least one model");
    }
    var prices = new HashMap<String, Price>();
    for (var entry : models.entrySet()) {
      var model = String.valueOf(entry.getKey());
      prices.put(model, price(entry.getValue(), model));
    }
    return new PriceTable(currency, prices);
  }

  String currency() {
    return currency;
  }

  /// Null if the price of the model is not known.
  @Nullable Price of(@Nullable String model) {
    return model == null ? null : models.get(model);
  }

  /// An amount as it is returned.
  static BigDecimal rounded(BigDecimal amount) {
    var rounded = amount.setScale(DECIMALS, RoundingMode.HALF_UP).stripTrailingZeros();
    return rounded.scale() < 0 ? rounded.setScale(0) : rounded;
  }

  private static @Nullable Object load(String text) throws InvalidPricesException {
    var options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    try {
      return new Yaml(new SafeConstructor(options)).load(text);
    } catch (YAMLException e) {
      throw new InvalidPricesException("it is neither YAML nor JSON");
    }
  }

  private static Price price(@Nullable Object node, String model) throws InvalidPricesException {
    var members = members(node, "the model " + model, Set.of(INPUT, CACHED_INPUT, OUTPUT));
    var input = amount(members.get(INPUT), INPUT, model);
    var cached =
        members.containsKey(CACHED_INPUT)
            ? amount(members.get(CACHED_INPUT), CACHED_INPUT, model)
            : input;
    return new Price(input, cached, amount(members.get(OUTPUT), OUTPUT, model));
  }

  private static Map<?, ?> members(@Nullable Object node, String what, Set<String> known)
      throws InvalidPricesException {
    if (!(node instanceof Map<?, ?> members)) {
      throw new InvalidPricesException(what + " is not an object with members");
    }
    for (var name : members.keySet()) {
      if (!(name instanceof String text) || !known.contains(text)) {
        throw new InvalidPricesException(
            "%s has the member %s, which does not exist".formatted(what, name));
      }
    }
    return members;
  }

  private static BigDecimal amount(@Nullable Object value, String member, String model)
      throws InvalidPricesException {
    try {
      if (value instanceof Number number) {
        var amount = new BigDecimal(number.toString());
        if (amount.signum() >= 0 && amount.compareTo(MAX_PRICE) <= 0) {
          return amount;
        }
      }
    } catch (NumberFormatException e) {
      // Infinity or NaN, which YAML has; refused below.
    }
    throw new InvalidPricesException(
        "%s of the model %s must be a number from 0 to %s, the price of a million tokens"
            .formatted(member, model, MAX_PRICE));
  }

  /// Why a text is no price table.
  static final class InvalidPricesException extends Exception {
    InvalidPricesException(String message) {
      super(message);
    }
  }
}
