package org.larval.packet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A packet's walk, as each room wrote it down. Entries are kept in parallel arrays and details are
 * references to objects that exist anyway (a policy, an SA, a link), so that writing one allocates
 * nothing once the arrays have grown. Text is made only when somebody reads.
 *
 * <p>A trail holds at most {@value #MAX_STEPS} steps; later ones are counted and left out.
 */
public final class Trail {
  /** The number of a step that has none. */
  public static final long NO_NUMBER = Long.MIN_VALUE;

  /** Enough for a walk of a hundred hops. */
  public static final int MAX_STEPS = 1024;

  private static final int FIRST_CAPACITY = 16;

  private long[] times = new long[FIRST_CAPACITY];
  private long[] numbers = new long[FIRST_CAPACITY];
  private String[] places = new String[FIRST_CAPACITY];
  private StepAction[] actions = new StepAction[FIRST_CAPACITY];
  private @Nullable Object[] details = new @Nullable Object[FIRST_CAPACITY];
  private int size;
  private int leftOut;

  /** Writes a step. {@code detail} must not change what it prints after this. */
  public void add(long now, String place, StepAction action, @Nullable Object detail, long number) {
    if (size == MAX_STEPS) {
      leftOut++;
      return;
    }
    if (size == times.length) {
      grow();
    }
    times[size] = now;
    numbers[size] = number;
    places[size] = place;
    actions[size] = action;
    details[size] = detail;
    size++;
  }

  private void grow() {
    int capacity = Math.min(MAX_STEPS, size * 2);
    times = Arrays.copyOf(times, capacity);
    numbers = Arrays.copyOf(numbers, capacity);
    places = Arrays.copyOf(places, capacity);
    actions = Arrays.copyOf(actions, capacity);
    details = Arrays.copyOf(details, capacity);
  }

  /** The number of steps kept. */
  public int size() {
    return size;
  }

  /** How many steps came after the trail was full. */
  public int leftOut() {
    return leftOut;
  }

  /** The steps, oldest first. */
  public List<Step> steps() {
    List<Step> steps = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      steps.add(new Step(times[i], places[i], actions[i], details[i], numbers[i]));
    }
    return steps;
  }

  /** Whether any step is of this action. */
  public boolean has(StepAction action) {
    for (int i = 0; i < size; i++) {
      if (actions[i] == action) {
        return true;
      }
    }
    return false;
  }

  void clear() {
    Arrays.fill(details, 0, size, null);
    size = 0;
    leftOut = 0;
  }

  void copyFrom(Trail other) {
    clear();
    for (int i = 0; i < other.size; i++) {
      add(other.times[i], other.places[i], other.actions[i], other.details[i], other.numbers[i]);
    }
  }
}
