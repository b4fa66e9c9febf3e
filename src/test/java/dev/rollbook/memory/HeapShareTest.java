package dev.rollbook.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeapShareTest {
  @ParameterizedTest
  @ValueSource(longs = {128, 256, 1024, 8 * 1024})
  void allSharesTogetherAreLessThanTheHeap(long megabytes) {
    long heap = megabytes << 20;

    long sum = Stream.of(HeapShare.values()).mapToLong(share -> share.of(heap)).sum();

    assertThat(sum).isLessThan(heap);
    assertThat(HeapShare.values()).allSatisfy(share -> assertThat(share.of(heap)).isPositive());
    assertThat(5L * HeapShare.longestLine(heap)).isLessThanOrEqualTo(HeapShare.BODIES.of(heap));
  }
}
