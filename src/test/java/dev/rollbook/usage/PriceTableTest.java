package dev.rollbook.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.model.StartupException;
import dev.rollbook.model.TokenCounts;
import dev.rollbook.usage.PriceTable.InvalidPricesException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Prices of models are read from a file, and everything else in the file is refused.
class PriceTableTest {
  private static final TokenCounts MILLION = new TokenCounts(1_000_000, 400_000, 10_000, 0, 0);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "currency: USD\nmodels:\n  m: {input: 2, cachedInput: 0.5, output: 10}\n",
        "{\"currency\":\"USD\",\"models\":{\"m\":{\"input\":2,\"cachedInput\":0.5,\"output\":10.0}}}"
      })
  void aTableIsYamlOrJson(String text) throws InvalidPricesException {
    var table = PriceTable.parse(text);

    assertThat(table.currency()).isEqualTo("USD");
    assertThat(cost(table, "m")).isEqualTo("1.5");
    assertThat(table.of("other")).isNull();
    assertThat(table.of(null)).isNull();
  }

  @Test
  void cachedInputWithoutAPriceCostsAsMuchAsOtherInput() throws InvalidPricesException {
    var table = PriceTable.parse("currency: EUR\nmodels: {m: {input: 2, output: 0}}");

    assertThat(cost(table, "m")).isEqualTo("2");
  }

  @Test
  void moreCachedInputThanInputIsNotCounted() throws InvalidPricesException {
    var price = PriceTable.parse("currency: EUR\nmodels: {m: {input: 2, output: 1}}").of("m");

    assertThat(Objects.requireNonNull(price).of(new TokenCounts(5, 9, 0, 0, 5)).doubleValue())
        .isEqualTo(0.00001);
  }

  @ParameterizedTest
  @CsvSource({"0,0", "1.25,1.25", "1000,1000", "0.0000005,0.000001", "0.0000004,0"})
  void amountsAreRoundedToSixDecimals(String amount, String rounded) {
    assertThat(PriceTable.rounded(new java.math.BigDecimal(amount)).toString()).isEqualTo(rounded);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                                                            | it is not an object
          - a                                                           | it is not an object
          {                                                             | neither YAML nor JSON
          {models: {m: {input: 1, output: 1}}}                          | currency must be
          {currency: usd, models: {m: {input: 1, output: 1}}}           | currency must be
          {currency: USD}                                               | models must be
          {currency: USD, models: {}}                                   | models must be
          {currency: USD, models: {m: 1}}                               | the model m is not an object
          {currency: USD, models: {m: {input: 1}}}                      | output of the model m must be a number
          {currency: USD, models: {m: {output: 1}}}                     | input of the model m must be a number
          {currency: USD, models: {m: {input: -1, output: 1}}}          | input of the model m must be a number
          {currency: USD, models: {m: {input: .nan, output: 1}}}        | input of the model m must be a number
          {currency: USD, models: {m: {input: 1e9, output: 1}}}         | input of the model m must be a number
          {currency: USD, models: {m: {input: '1', output: 1}}}         | input of the model m must be a number
          {currency: USD, models: {m: {input: 1, output: 1, cached: 1}}}| the member cached
          {currency: USD, models: {m: {input: 1, output: 1}}, per: 1000}| the member per
          {currency: USD, currency: USD, models: {m: {input: 1, output: 1}}}| neither YAML nor JSON
          """)
  void everythingElseStopsTheStart(String text, String why, @TempDir Path directory)
      throws IOException {
    var file = Files.writeString(directory.resolve("prices.yaml"), text);

    assertThatThrownBy(() -> PriceTable.read(file))
        .isInstanceOf(StartupException.class)
        .hasMessageStartingWith("The price table " + file)
        .hasMessageContaining(why);
  }

  @Test
  void aMissingFileStopsTheStart(@TempDir Path directory) {
    assertThatThrownBy(() -> PriceTable.read(directory.resolve("missing")))
        .isInstanceOfSatisfying(
            StartupException.class,
            e -> assertThat(e.remedy()).contains("rollbook.usage.prices-file"));
  }

  private static String cost(PriceTable table, String model) {
    return PriceTable.rounded(Objects.requireNonNull(table.of(model)).of(MILLION)).toString();
  }
}
