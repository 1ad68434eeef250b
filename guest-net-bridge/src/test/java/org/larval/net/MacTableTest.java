package org.larval.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MacTableTest {
  private record Seen(int port, long at) {}

  /** The same table, written the simple way: oldest first. */
  private static final class Model {
    final Map<Long, Seen> stations = new LinkedHashMap<>();
    final int capacity;
    final long age;

    Model(int capacity, long age) {
      this.capacity = capacity;
      this.age = age;
    }

    int learn(long now, long key, int port) {
      Seen before = stations.remove(key);
      if (before == null && stations.size() == capacity) {
        stations.remove(stations.keySet().iterator().next());
      }
      stations.put(key, new Seen(port, now));
      return before == null || now - before.at >= age ? MacTable.UNKNOWN : before.port;
    }

    int port(long now, long key) {
      Seen seen = stations.get(key);
      return seen == null || now - seen.at >= age ? MacTable.UNKNOWN : seen.port;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 64, 500})
  void agreesWithTheSimpleTable(int capacity) {
    SplittableRandom random = new SplittableRandom(capacity);
    MacTable table = new MacTable(capacity, 5_000);
    Model model = new Model(capacity, 5_000);
    long now = 0;
    for (int i = 0; i < 50_000; i++) {
      now += random.nextInt(20);
      long key = MacTable.key(0x0200_0000_0000L | random.nextInt(capacity * 2), random.nextInt(3));
      int port = random.nextInt(5);
      switch (random.nextInt(500)) {
        case 0 -> {
          table.forget(port);
          model.stations.values().removeIf(seen -> seen.port == port);
        }
        case 1 -> {
          long then = now;
          model.stations.values().removeIf(seen -> then - seen.at >= 5_000);
          assertThat(table.size(now)).isEqualTo(model.stations.size());
        }
        case 2 -> now += 4_000;
        default -> {
          if (random.nextBoolean()) {
            assertThat(table.learn(now, key, port)).isEqualTo(model.learn(now, key, port));
          } else {
            assertThat(table.port(now, key)).isEqualTo(model.port(now, key));
          }
        }
      }
    }
  }
}
