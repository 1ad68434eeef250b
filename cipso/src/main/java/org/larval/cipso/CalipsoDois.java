package org.larval.cipso;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.larval.packet.Errno;

/** The DOIs of CALIPSO, which all pass levels through, in the order of their coming. */
public final class CalipsoDois {
  private final List<Integer> numbers = new ArrayList<>();

  /** None. */
  public CalipsoDois() {}

  /** Whether a number is one of them. */
  public boolean has(int number) {
    for (int i = 0; i < numbers.size(); i++) {
      if (numbers.get(i) == number) {
        return true;
      }
    }
    return false;
  }

  /** Adds a DOI: EINVAL for 0, EEXIST if it is there. */
  public Errno add(int number) {
    if (number == 0) {
      return Errno.EINVAL;
    }
    if (has(number)) {
      return Errno.EEXIST;
    }
    numbers.add(number);
    return Errno.OK;
  }

  /** Takes one away; ENOENT if there is none. */
  Errno remove(int number) {
    return numbers.removeIf(known -> known == number) ? Errno.OK : Errno.ENOENT;
  }

  /** Whether there is none. */
  public boolean isEmpty() {
    return numbers.isEmpty();
  }

  /** All, in their order. */
  public List<Integer> all() {
    return Collections.unmodifiableList(numbers);
  }
}
