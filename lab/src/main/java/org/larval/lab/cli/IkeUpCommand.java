package org.larval.lab.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.larval.lab.ike.IkeDaemon;
import org.larval.lab.ike.IkeFile;
import org.larval.lab.ike.IkeFileReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code larval ike up}: the daemon, in the foreground. */
@Command(
    name = "up",
    description = {
      "Runs the key manager until it is told 'down', or Ctrl-C.",
      "",
      "Packets go through a TUN device, which needs root or CAP_NET_ADMIN; without, keys are"
          + " negotiated and no packets carried."
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Example: larval ike up --config gw.yaml --trace ike.pcapng --keys keys/"})
final class IkeUpCommand implements Callable<Integer> {
  @Mixin private IkeWords words = new IkeWords();

  @Option(
      names = "--trace",
      paramLabel = "FILE",
      description = "Write all IKE and ESP datagrams as pcapng.")
  private @Nullable Path trace;

  @Option(
      names = "--keys",
      paramLabel = "DIR",
      description =
          "Write the keys for Wireshark: DIR/ikev2_decryption_table and DIR/esp_sa. Whoever has"
              + " them reads everything.")
  private @Nullable Path keys;

  @Option(
      names = "--tun",
      paramLabel = "NAME",
      description = "The TUN device to make or to use; larval0 by default.")
  private String tun = "larval0";

  @Option(names = "--no-tun", description = "Negotiate keys only, carry no packets.")
  private boolean withoutTun;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    IkeFile file = IkeFileReader.read(words.config());
    file.warnings().forEach(line -> err.println("larval: " + line));
    Path folder = keys;
    if (folder != null) {
      err.println(
          "larval: warning: the keys of all SAs are written to "
              + folder
              + "; who reads them reads the traffic");
    }
    Thread closer;
    try (IkeDaemon daemon =
        IkeDaemon.start(
            file,
            new IkeDaemon.Options(words.socket(), trace, folder, withoutTun ? null : tun),
            line -> {
              out.println(line);
              out.flush();
            })) {
      Thread closing = new Thread(() -> close(daemon), "end");
      Runtime.getRuntime().addShutdownHook(closing);
      daemon.join();
      closer = closing;
    } catch (IllegalStateException shuttingDown) {
      return Main.DONE;
    } catch (IOException problem) {
      throw new BadInputException(String.valueOf(problem.getMessage()), "nothing has been started");
    }
    return ended(closer);
  }

  /** The hook stays until the daemon is closed: a signal must not cut its trace off. */
  private static int ended(Thread hook) {
    try {
      boolean removed = Runtime.getRuntime().removeShutdownHook(hook);
      assert removed;
    } catch (IllegalStateException shuttingDown) {
      // it runs already, and finds nothing left to do
    }
    return Main.DONE;
  }

  private static void close(IkeDaemon daemon) {
    try {
      daemon.close();
    } catch (IOException e) {
      // the process ends anyway
    }
  }
}
