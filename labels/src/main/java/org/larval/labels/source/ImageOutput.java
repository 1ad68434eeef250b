package org.larval.labels.source;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import org.larval.labels.CategorySet;
import org.larval.labels.MlsLevel;
import org.larval.labels.MlsRange;

/** Bytes of the kernel's policy format: little-endian, packed. */
final class ImageOutput {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(4096);

  byte[] bytes() {
    return bytes.toByteArray();
  }

  void u16(int value) {
    bytes.write(value);
    bytes.write(value >>> 8);
  }

  void u32(int... values) {
    for (int value : values) {
      u16(value);
      u16(value >>> 16);
    }
  }

  void raw(byte[] some) {
    bytes.writeBytes(some);
  }

  /** A name whose length was written before. */
  void name(String name) {
    raw(name.getBytes(StandardCharsets.US_ASCII));
  }

  /** A set of bits: only words that are not zero, each with its place. */
  void bits(BitSet set) {
    long[] words = set.toLongArray();
    int count = 0;
    for (long word : words) {
      count += word == 0 ? 0 : 1;
    }
    u32(64, words.length * 64, count);
    for (int i = 0; i < words.length; i++) {
      if (words[i] != 0) {
        u32(i * 64, (int) words[i], (int) (words[i] >>> 32));
      }
    }
  }

  /** A set of values, each at the bit before. */
  void values(BitSet values) {
    bits(values.isEmpty() ? values : values.get(1, values.length()));
  }

  void categories(CategorySet set) {
    BitSet bits = new BitSet();
    for (int category = set.next(0); category >= 0; category = set.next(category + 1)) {
      bits.set(category);
    }
    bits(bits);
  }

  void level(boolean mls, MlsLevel level) {
    u32(mls ? level.sensitivity() + 1 : 0);
    categories(level.categories());
  }

  void range(boolean mls, MlsRange range) {
    if (!mls) {
      u32(1, 0);
      bits(new BitSet());
    } else if (range.low().equals(range.high())) {
      u32(1, range.low().sensitivity() + 1);
      categories(range.low().categories());
    } else {
      u32(2, range.low().sensitivity() + 1, range.high().sensitivity() + 1);
      categories(range.low().categories());
      categories(range.high().categories());
    }
  }
}
