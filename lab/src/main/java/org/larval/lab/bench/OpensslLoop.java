package org.larval.lab.bench;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The C loop over OpenSSL in {@code esp-loop.c}, compiled for this run as a library and called in
 * this process: one call for a whole batch, so the call costs nothing, and its time is the same
 * thread's.
 *
 * @param missing why there is none, such as no compiler; or null
 * @param version of OpenSSL; empty without
 */
@SuppressWarnings("restricted") // calling a native library is what this class is for
record OpensslLoop(@Nullable SymbolLookup library, String version, @Nullable String missing) {
  private static final int COMPILE_SECONDS = 60;
  private static final int VERSION_BYTES = 64;

  /** Compiles it with the machine's C compiler, or says why not. */
  static OpensslLoop compile() {
    Path folder = null;
    try {
      folder = Files.createTempDirectory("larval-bench");
      Path source = folder.resolve("esp-loop.c");
      Path output = folder.resolve("esp-loop.so");
      try (InputStream in = OpensslLoop.class.getResourceAsStream("esp-loop.c")) {
        Files.copy(Objects.requireNonNull(in), source);
      }
      String failure = compile(source, output);
      if (failure != null) {
        return new OpensslLoop(null, "", failure);
      }
      SymbolLookup library = SymbolLookup.libraryLookup(output, Arena.global());
      MethodHandle ask =
          Linker.nativeLinker()
              .downcallHandle(
                  library.findOrThrow("esp_version"), FunctionDescriptor.of(ValueLayout.ADDRESS));
      MemorySegment text = (MemorySegment) ask.invokeExact();
      return new OpensslLoop(library, text.reinterpret(VERSION_BYTES).getString(0), null);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new OpensslLoop(null, "", "it was interrupted");
    } catch (Throwable e) {
      return new OpensslLoop(null, "", e.toString());
    } finally {
      if (folder != null) {
        delete(folder);
      }
    }
  }

  private static @Nullable String compile(Path source, Path output)
      throws IOException, InterruptedException {
    Process process;
    try {
      process =
          new ProcessBuilder(
                  List.of(
                      "gcc",
                      "-O2",
                      "-shared",
                      "-fPIC",
                      "-o",
                      output.toString(),
                      source.toString(),
                      "-lcrypto"))
              .redirectErrorStream(true)
              .start();
    } catch (IOException e) {
      return "there is no gcc";
    }
    String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(COMPILE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      return "gcc does not end";
    }
    if (process.exitValue() == 0) {
      return null;
    }
    String why = told.lines().filter(line -> line.contains("error")).findFirst().orElse(told);
    return "gcc fails (OpenSSL's headers are in libssl-dev): " + why.strip();
  }

  private static void delete(Path folder) {
    try {
      for (String name : List.of("esp-loop.c", "esp-loop.so")) {
        Files.deleteIfExists(folder.resolve(name));
      }
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      // A leftover in the folder for temporary files harms nobody.
    }
  }

  /** The loop over so many packets. */
  Contender over(byte[] keyAndSalt, int packets, int bytes, boolean seals) {
    return new Loop(Objects.requireNonNull(library), keyAndSalt, packets, bytes, seals);
  }

  /** The loop over one batch. */
  private static final class Loop implements Contender {
    private final MethodHandle seal;
    private final MethodHandle open;
    private final MethodHandle free;
    private final MemorySegment loop;
    private final int packets;
    private final boolean seals;

    Loop(SymbolLookup library, byte[] keyAndSalt, int packets, int bytes, boolean seals) {
      this.packets = packets;
      this.seals = seals;
      FunctionDescriptor work = FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS);
      Linker linker = Linker.nativeLinker();
      seal = linker.downcallHandle(library.findOrThrow("esp_seal"), work);
      open = linker.downcallHandle(library.findOrThrow("esp_open"), work);
      free =
          linker.downcallHandle(
              library.findOrThrow("esp_free"), FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
      MethodHandle make =
          linker.downcallHandle(
              library.findOrThrow("esp_make"),
              FunctionDescriptor.of(
                  ValueLayout.ADDRESS,
                  ValueLayout.ADDRESS,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT));
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment key = arena.allocateFrom(ValueLayout.JAVA_BYTE, keyAndSalt);
        loop = (MemorySegment) make.invokeExact(key, packets, bytes);
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
      if (loop.address() == 0) {
        throw new IllegalStateException("OpenSSL makes no cipher");
      }
    }

    private void run(MethodHandle work) {
      try {
        int good = (int) work.invokeExact(loop);
        if (good != packets) {
          throw new IllegalStateException("OpenSSL did " + good + " of " + packets + " packets");
        }
      } catch (RuntimeException e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public String name() {
      return "C loop over OpenSSL";
    }

    @Override
    public void prepare() {
      if (!seals) {
        run(seal);
      }
    }

    @Override
    public long run() {
      run(seals ? seal : open);
      return packets;
    }

    @Override
    public void close() {
      try {
        free.invokeExact(loop);
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
