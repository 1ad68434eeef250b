package org.larval.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.larval.packet.EffectList;

class AlarmsTest {
  @Test
  void firesInTheOrderOfTimeAndSettingWhateverWasCancelled() {
    Random random = new Random(42);
    for (int round = 0; round < 200; round++) {
      Alarms alarms = new Alarms();
      List<Integer> fired = new ArrayList<>();
      List<Alarm> all = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        int number = i;
        all.add(alarms.make((now, out) -> fired.add(number)));
      }
      // the model: time and order of setting to alarm
      TreeMap<Long, Integer> model = new TreeMap<>();
      Long[] keys = new Long[50];
      for (int step = 0; step < 300; step++) {
        int i = random.nextInt(50);
        if (keys[i] != null) {
          model.remove(keys[i]);
          keys[i] = null;
        }
        if (random.nextInt(4) == 0) {
          all.get(i).cancel();
        } else {
          long at = random.nextInt(20);
          all.get(i).set(at);
          keys[i] = at * 1000 + step;
          model.put(keys[i], i);
        }
        assertThat(alarms.deadline())
            .isEqualTo(model.isEmpty() ? Long.MAX_VALUE : model.firstKey() / 1000);
      }
      try (EffectList out = new EffectList()) {
        alarms.fire(9, out);
        List<Integer> due = List.copyOf(model.headMap(10_000L).values());
        assertThat(fired).isEqualTo(due);
        alarms.fire(100, out);
      }
      assertThat(fired).isEqualTo(List.copyOf(model.values()));
      assertThat(alarms.deadline()).isEqualTo(Long.MAX_VALUE);
    }
  }

  @Test
  void anAlarmThatSetsItselfForNowWaitsForTheNextCall() {
    Alarms alarms = new Alarms();
    List<Long> fired = new ArrayList<>();
    Alarm[] self = new Alarm[1];
    self[0] =
        alarms.make(
            (now, out) -> {
              fired.add(now);
              self[0].set(now);
            });
    self[0].set(5);
    try (EffectList out = new EffectList()) {
      alarms.fire(5, out);
      assertThat(fired).containsExactly(5L);
      assertThat(alarms.deadline()).isEqualTo(5);
      alarms.fire(5, out);
      assertThat(fired).hasSize(2);
    }
  }
}
