package org.larval.xfrm.grammar;

/** The network devices of a guest, for the word {@code dev}. */
public interface Devices {
  /** Knows none: every {@code dev} is refused, every number shown as {@code ifN}. */
  Devices NONE =
      new Devices() {
        @Override
        public int index(String name) {
          return 0;
        }

        @Override
        public String name(int index) {
          return "if" + index;
        }
      };

  /** The number of a device, from 1; 0 if there is none of that name. */
  int index(String name);

  /** The name of a number. */
  String name(int index);
}
