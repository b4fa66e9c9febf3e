package dev.rollbook.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class UuidSetTest {
  private static final int IDS = 2_000;

  @Test
  void itBehavesLikeASetOfIds() {
    var random = new Random(7);
    var ids = new UUID[IDS];
    ids[0] = new UUID(0, 0);
    for (int i = 1; i < IDS; i++) {
      ids[i] = new UUID(random.nextInt(50), random.nextInt(1000) + 1);
    }
    var expected = new HashSet<UUID>();
    var set = new UuidSet();
    for (int step = 0; step < 100 * IDS; step++) {
      var id = ids[random.nextInt(step < 50 * IDS ? IDS : IDS / 2)];
      if (random.nextInt(3) > 0) {
        expected.add(id);
        set.add(id);
      } else {
        expected.remove(id);
        set.remove(id);
      }
      assertThat(set.size()).isEqualTo(expected.size());
      if (step % IDS == 0) {
        for (var each : ids) {
          assertThat(set.contains(each)).isEqualTo(expected.contains(each));
        }
      }
    }
  }

  @Test
  void aMillionIdsTakeLessThan32Megabytes() {
    var random = new Random(7);
    var set = new UuidSet();
    for (int i = 0; i < 1_000_000; i++) {
      set.add(new UUID(random.nextLong(), random.nextLong()));
      assertThat(set.bytes()).isLessThan(32_000_000);
    }
    assertThat(set.size()).isEqualTo(1_000_000);
  }
}
