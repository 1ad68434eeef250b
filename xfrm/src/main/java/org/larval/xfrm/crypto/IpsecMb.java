package org.larval.xfrm.crypto;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Intel's libIPSec_MB on this machine, if it is there: looked for once for the whole process.
 *
 * <p>The direct functions are reached through the manager, a structure whose layout belongs to the
 * version; a version that is not known is not called. All arguments go as numbers: what a pointer
 * may reach is checked by the caller, who knows the buffer.
 */
@SuppressWarnings("restricted") // calling a native library is what this class is for
final class IpsecMb {
  /** Bytes of {@code struct gcm_context_data}, rounded up. */
  static final int CONTEXT = 128;

  /** Bytes of {@code struct chacha20_poly1305_context_data}. */
  static final int CHACHA_CONTEXT = 192;

  private static final String[] NAMES = {"libIPSec_MB.so.1", "libIPSec_MB.so.2"};

  /** Bytes of {@code struct gcm_key_data} by version; the manager's layout is the same in all. */
  private static final Map<String, Integer> KEY_DATA =
      new TreeMap<>(
          Map.of("1.3.0", 1008, "1.4.0", 1264, "1.5.0", 1264, "2.0.0", 1264, "2.0.1", 1264));

  // Offsets of function pointers in struct IMB_MGR.
  private static final int GCM_128_SEAL = 256;
  private static final int GCM_192_SEAL = 264;
  private static final int GCM_256_SEAL = 272;
  private static final int GCM_128_OPEN = 280;
  private static final int GCM_192_OPEN = 288;
  private static final int GCM_256_OPEN = 296;
  private static final int GCM_128_EXPAND = 448;
  private static final int GCM_192_EXPAND = 456;
  private static final int GCM_256_EXPAND = 464;
  private static final int CHACHA_BEGIN = 920;
  private static final int CHACHA_SEAL = 928;
  private static final int CHACHA_OPEN = 936;
  private static final int CHACHA_FINISH = 944;
  private static final int MANAGER = 952;

  private static final Found FOUND = find();

  private static final MethodHandle SEAL_128 = FOUND.direct(GCM_128_SEAL, 10);
  private static final MethodHandle SEAL_192 = FOUND.direct(GCM_192_SEAL, 10);
  private static final MethodHandle SEAL_256 = FOUND.direct(GCM_256_SEAL, 10);
  private static final MethodHandle OPEN_128 = FOUND.direct(GCM_128_OPEN, 10);
  private static final MethodHandle OPEN_192 = FOUND.direct(GCM_192_OPEN, 10);
  private static final MethodHandle OPEN_256 = FOUND.direct(GCM_256_OPEN, 10);
  private static final MethodHandle EXPAND_128 = FOUND.direct(GCM_128_EXPAND, 2);
  private static final MethodHandle EXPAND_192 = FOUND.direct(GCM_192_EXPAND, 2);
  private static final MethodHandle EXPAND_256 = FOUND.direct(GCM_256_EXPAND, 2);
  private static final MethodHandle BEGIN = FOUND.direct(CHACHA_BEGIN, 5);
  private static final MethodHandle SEAL = FOUND.direct(CHACHA_SEAL, 5);
  private static final MethodHandle OPEN = FOUND.direct(CHACHA_OPEN, 5);
  private static final MethodHandle FINISH = FOUND.direct(CHACHA_FINISH, 3);

  private IpsecMb() {}

  /**
   * What was looked for.
   *
   * @param manager a manager with functions for this processor, or null
   * @param missing why there is none, or null
   */
  private record Found(
      @Nullable MemorySegment manager, String version, int keyData, @Nullable String missing) {
    static Found none(String why) {
      return new Found(null, "", 0, why);
    }

    /** A function of so many numbers; without library, one that throws. */
    MethodHandle direct(int offset, int arguments) {
      MemoryLayout[] numbers = new MemoryLayout[arguments];
      Arrays.fill(numbers, ValueLayout.JAVA_LONG);
      FunctionDescriptor shape = FunctionDescriptor.ofVoid(numbers);
      if (manager == null) {
        MethodHandle refuse =
            MethodHandles.throwException(void.class, IllegalStateException.class)
                .bindTo(new IllegalStateException("called without the library: " + missing));
        return MethodHandles.dropArguments(refuse, 0, shape.toMethodType().parameterList());
      }
      MemorySegment function = manager.get(ValueLayout.ADDRESS, offset);
      return Linker.nativeLinker().downcallHandle(function, shape, Linker.Option.critical(false));
    }
  }

  private static Found find() {
    SymbolLookup library = null;
    for (String name : NAMES) {
      if (library == null) {
        library = open(name);
      }
    }
    if (library == null) {
      return Found.none("there is no " + String.join(" or ", NAMES));
    }
    try {
      return found(library);
    } catch (Throwable e) {
      return Found.none("it cannot be called: " + e);
    }
  }

  private static @Nullable SymbolLookup open(String name) {
    try {
      return SymbolLookup.libraryLookup(name, Arena.global());
    } catch (IllegalArgumentException | IllegalCallerException | UnsupportedOperationException e) {
      return null;
    }
  }

  private static Found found(SymbolLookup library) throws Throwable {
    Linker linker = Linker.nativeLinker();
    AddressLayout text =
        ValueLayout.ADDRESS.withTargetLayout(
            MemoryLayout.sequenceLayout(64, ValueLayout.JAVA_BYTE));
    Optional<MemorySegment> versionSymbol = library.find("imb_get_version_str");
    Optional<MemorySegment> makeSymbol = library.find("alloc_mb_mgr");
    Optional<MemorySegment> setSymbol = library.find("init_mb_mgr_auto");
    if (versionSymbol.isEmpty() || makeSymbol.isEmpty() || setSymbol.isEmpty()) {
      return Found.none("it lacks the functions that begin");
    }
    MethodHandle ask = linker.downcallHandle(versionSymbol.get(), FunctionDescriptor.of(text));
    String version = ((MemorySegment) ask.invokeExact()).getString(0);
    Integer keyData = KEY_DATA.get(version);
    if (keyData == null) {
      return Found.none(
          "its version '" + version + "' is not one of " + String.join(", ", KEY_DATA.keySet()));
    }
    MethodHandle make =
        linker.downcallHandle(
            makeSymbol.get(), FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
    MemorySegment manager = (MemorySegment) make.invokeExact(0L);
    if (manager.address() == 0) {
      return Found.none("it has no memory for a manager");
    }
    MethodHandle set =
        linker.downcallHandle(
            setSymbol.get(), FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.ADDRESS));
    set.invokeExact(manager, MemorySegment.NULL);
    MemorySegment fields = manager.reinterpret(MANAGER);
    for (int at : new int[] {GCM_128_SEAL, GCM_256_OPEN, GCM_256_EXPAND, CHACHA_FINISH}) {
      if (fields.get(ValueLayout.JAVA_LONG, at) == 0) {
        return Found.none("it has no functions for this processor");
      }
    }
    return new Found(fields, version, keyData, null);
  }

  /** Why it cannot be used, or null if it can. */
  static @Nullable String missing() {
    return FOUND.missing();
  }

  /** The version, such as {@code 1.3.0}; empty without library. */
  static String version() {
    return FOUND.version();
  }

  /** Bytes of an expanded key. */
  static int keyData() {
    return FOUND.keyData();
  }

  /** Expands a key of 16, 24 or 32 bytes; {@code keyData} is aligned to 64 bytes. */
  static void expand(int keyLength, long key, long keyData) {
    try {
      switch (keyLength) {
        case 16 -> EXPAND_128.invokeExact(key, keyData);
        case 24 -> EXPAND_192.invokeExact(key, keyData);
        default -> EXPAND_256.invokeExact(key, keyData);
      }
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** AES-GCM, encrypting; the tag is written. In place if {@code to} is {@code from}. */
  static void seal(
      int keyLength,
      long keyData,
      long context,
      long to,
      long from,
      long length,
      long nonce,
      long aad,
      long aadLength,
      long tag,
      long tagLength) {
    try {
      switch (keyLength) {
        case 16 ->
            SEAL_128.invokeExact(
                keyData, context, to, from, length, nonce, aad, aadLength, tag, tagLength);
        case 24 ->
            SEAL_192.invokeExact(
                keyData, context, to, from, length, nonce, aad, aadLength, tag, tagLength);
        default ->
            SEAL_256.invokeExact(
                keyData, context, to, from, length, nonce, aad, aadLength, tag, tagLength);
      }
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** AES-GCM, decrypting; the tag that should have come is written, and not compared. */
  static void open(
      int keyLength,
      long keyData,
      long context,
      long to,
      long from,
      long length,
      long nonce,
      long aad,
      long aadLength,
      long tag,
      long tagLength) {
    try {
      switch (keyLength) {
        case 16 ->
            OPEN_128.invokeExact(
                keyData, context, to, from, length, nonce, aad, aadLength, tag, tagLength);
        case 24 ->
            OPEN_192.invokeExact(
                keyData, context, to, from, length, nonce, aad, aadLength, tag, tagLength);
        default ->
            OPEN_256.invokeExact(
                keyData, context, to, from, length, nonce, aad, aadLength, tag, tagLength);
      }
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** ChaCha20-Poly1305 of one packet in place; the tag of 16 bytes is written. */
  static void chacha(
      boolean seal,
      long key,
      long context,
      long at,
      long length,
      long nonce,
      long aad,
      long aadLength,
      long tag) {
    try {
      BEGIN.invokeExact(key, context, nonce, aad, aadLength);
      if (seal) {
        SEAL.invokeExact(key, context, at, at, length);
      } else {
        OPEN.invokeExact(key, context, at, at, length);
      }
      FINISH.invokeExact(context, tag, 16L);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
