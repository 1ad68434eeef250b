package org.larval.cipso;

import io.netty.buffer.ByteBuf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The SIDs of options that were decoded before, by their bytes (cipso_v4_cache): 128 buckets, new
 * entries in front, the last of a full bucket goes. An entry that is asked for more than 10 times
 * more often than the one before it takes its place.
 */
final class LabelCache {
  static final int BUCKETS = 128;
  static final int DEFAULT_BUCKET_SIZE = 10;
  private static final int REORDER = 10;

  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private static final class Entry {
    byte[] key = new byte[CipsoOption.MAX_LENGTH];
    int length;
    int hash;
    int sid;
    int activity;
  }

  private final @Nullable Entry[][] buckets;
  private final int[] sizes = new int[BUCKETS];
  private final int bucketSize;

  LabelCache(int bucketSize) {
    this.bucketSize = bucketSize;
    buckets = new @Nullable Entry[BUCKETS][bucketSize];
  }

  private static int hash(ByteBuf data, int at, int length) {
    int hash = length;
    int i = 0;
    for (; i + Integer.BYTES <= length; i += Integer.BYTES) {
      hash = Integer.rotateLeft(hash ^ data.getInt(at + i), 7) * 0x9e37_79b1;
    }
    for (; i < length; i++) {
      hash = (hash ^ data.getByte(at + i)) * 0x0100_0193;
    }
    return hash ^ hash >>> 15;
  }

  /** The SID of an option, or 0. */
  int find(ByteBuf data, int at, int length) {
    int hash = hash(data, at, length);
    @Nullable Entry[] bucket = buckets[hash & BUCKETS - 1];
    int size = sizes[hash & BUCKETS - 1];
    for (int i = 0; i < size; i++) {
      Entry entry = bucket[i];
      if (entry != null && entry.hash == hash && same(entry, data, at, length)) {
        entry.activity++;
        Entry before = i == 0 ? null : bucket[i - 1];
        if (before != null) {
          before.activity -= before.activity > 0 ? 1 : 0;
          if (entry.activity - before.activity > REORDER) {
            bucket[i] = before;
            bucket[i - 1] = entry;
          }
        }
        return entry.sid;
      }
    }
    return 0;
  }

  private static boolean same(Entry entry, ByteBuf data, int at, int length) {
    if (entry.length != length) {
      return false;
    }
    int i = 0;
    for (; i + Integer.BYTES <= length; i += Integer.BYTES) {
      if ((int) WORDS.get(entry.key, i) != data.getInt(at + i)) {
        return false;
      }
    }
    for (; i < length; i++) {
      if (entry.key[i] != data.getByte(at + i)) {
        return false;
      }
    }
    return true;
  }

  /** Remembers the SID of an option. */
  void add(ByteBuf data, int at, int length, int sid) {
    if (bucketSize == 0) {
      return;
    }
    int hash = hash(data, at, length);
    int place = hash & BUCKETS - 1;
    @Nullable Entry[] bucket = buckets[place];
    int size = sizes[place];
    Entry entry = bucket[size < bucketSize ? size : bucketSize - 1];
    if (size < bucketSize) {
      sizes[place] = ++size;
    }
    if (entry == null) {
      entry = new Entry();
    }
    System.arraycopy(bucket, 0, bucket, 1, size - 1);
    bucket[0] = entry;
    if (entry.key.length < length) {
      entry.key = new byte[length];
    }
    data.getBytes(at, entry.key, 0, length);
    entry.length = length;
    entry.hash = hash;
    entry.sid = sid;
    entry.activity = 0;
  }

  /** Forgets everything. */
  void invalidate() {
    Arrays.fill(sizes, 0);
  }

  /** How many options are remembered. */
  int size() {
    return Arrays.stream(sizes).sum();
  }
}
