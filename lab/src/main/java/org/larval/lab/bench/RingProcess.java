package org.larval.lab.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.larval.lab.time.Stopwatch;

/**
 * A JVM that plays one end of a ring. It is told to count and to end over its standard input, and
 * ends as well when whoever started it is gone.
 */
public final class RingProcess implements AutoCloseable {
  private static final String ANSWER = "ring: ";

  /** What is written to it is a byte for each step. */
  private static final int FIRST_STEP = '0';

  private static final int PATIENCE_SECONDS = 10;

  private final Process process;
  private final BufferedReader told;
  private final OutputStream tells;

  private RingProcess(Process process) {
    this.process = process;
    told = process.inputReader(StandardCharsets.UTF_8);
    tells = process.getOutputStream();
  }

  /** Starts one at a ring that was formatted; it moves frames at once. */
  static RingProcess start(RingEnd.Kind kind, boolean sends, Path path, int bytes)
      throws IOException {
    List<String> options = kind == RingEnd.Kind.agrona ? List.of(AgronaEnd.OPENED) : List.of();
    List<String> words =
        List.of(kind.name(), Boolean.toString(sends), path.toString(), Integer.toString(bytes));
    return new RingProcess(
        new ProcessBuilder(JvmCommand.of(options, RingProcess.class, words))
            .redirectErrorStream(true)
            .start());
  }

  /** Waits until frames cross at its end, but not for ever. */
  void ready() throws IOException {
    answer();
  }

  /** Its warming up is over. */
  void count() throws IOException {
    ask(1);
  }

  /** It ends and tells what it counted. */
  Meter.Counts end() throws IOException {
    ask(2);
    String[] words = answer().split(" ", -1);
    return new Meter.Counts(
        Long.parseLong(words[0]), Double.parseDouble(words[1]), Long.parseLong(words[2]));
  }

  private void ask(int what) throws IOException {
    tells.write(FIRST_STEP + what);
    tells.flush();
  }

  private String answer() throws IOException {
    String last = "it says nothing";
    for (String line = told.readLine(); line != null; line = told.readLine()) {
      if (line.startsWith(ANSWER)) {
        return line.substring(ANSWER.length());
      }
      last = line;
    }
    throw new IOException("a process at a ring ended: " + last);
  }

  @Override
  public void close() throws IOException {
    try (OutputStream closing = tells) {
      closing.flush();
    } catch (IOException gone) {
      // then it has ended
    }
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  // --- in the process itself ---

  /** What was asked for: 0 to warm up, 1 to count, 2 to end. */
  private static volatile int step;

  /** For {@link #start} alone. */
  public static void main(String[] words) {
    RingEnd.Kind kind = RingEnd.Kind.valueOf(words[0]);
    boolean sends = Boolean.parseBoolean(words[1]);
    try (RingEnd end = RingEnd.open(kind, sends, Path.of(words[2]), Integer.parseInt(words[3]))) {
      Thread listener = new Thread(RingProcess::listen, "listener");
      listener.setDaemon(true);
      listener.start();
      Meter meter = new Meter();
      first(end, meter);
      say("ready");
      work(end, meter, 1);
      meter.count();
      work(end, meter, 2);
      if (!sends) {
        first(end, meter);
      }
      Meter.Counts counts = meter.counts();
      say(counts.frames() + " " + counts.perSecond() + " " + counts.bytes());
    } catch (IOException | RuntimeException problem) {
      System.out.println(problem.getMessage());
    }
  }

  /** Goes on until one frame has crossed at least, however busy the machine, but not for ever. */
  private static void first(RingEnd end, Meter meter) {
    Stopwatch watch = Stopwatch.start();
    while (meter.idle() && watch.nanos() < Meter.PATIENCE) {
      meter.note(end.turn());
    }
  }

  private static void work(RingEnd end, Meter meter, int until) {
    while (step < until) {
      int moved = end.turn();
      meter.note(moved);
      if (moved == 0) {
        Thread.onSpinWait();
      }
    }
  }

  private static void listen() {
    try (InputStream in = System.in) {
      for (int read = in.read(); read >= 0; read = in.read()) {
        step = read - FIRST_STEP;
      }
    } catch (IOException gone) {
      // as at its end
    }
    step = Integer.MAX_VALUE;
  }

  private static void say(String what) {
    System.out.println(ANSWER + what);
    System.out.flush();
  }
}
