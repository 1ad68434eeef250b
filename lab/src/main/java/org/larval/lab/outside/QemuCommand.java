package org.larval.lab.outside;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.larval.lab.file.Attachment;
import org.larval.lab.file.Program;
import org.larval.wire.MacAddress;

/** The command line of a QEMU whose only NIC is on the street. */
final class QemuCommand {
  /** The program. */
  static final String QEMU = "qemu-system-x86_64";

  private QemuCommand() {}

  static List<String> of(Program.Qemu machine, Attachment attachment, MacAddress mac) {
    String memory = (machine.memory() >> 20) + "M";
    boolean shared = attachment instanceof Attachment.VhostUser;
    List<String> words = new ArrayList<>(List.of(QEMU));
    words.addAll(List.of("-machine", shared ? "pc,memory-backend=mem0" : "pc"));
    words.addAll(List.of("-accel", machine.accelerator(), "-cpu", "max", "-m", memory));
    words.addAll(List.of("-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"));
    words.addAll(
        List.of("-chardev", "file,id=console,append=on,path=" + quoted(machine.console())));
    words.addAll(List.of("-serial", "chardev:console"));
    if (shared) {
      words.addAll(List.of("-object", "memory-backend-memfd,id=mem0,share=on,size=" + memory));
    }
    switch (attachment) {
      case Attachment.VhostUser vhost -> {
        String ours = vhost.connect() ? "server=on,wait=off" : "reconnect=1";
        words.addAll(List.of("-chardev", "socket,id=c0," + ours + ",path=" + quoted(vhost.path())));
        words.addAll(List.of("-netdev", "vhost-user,id=n0,chardev=c0"));
      }
      case Attachment.Dgram dgram ->
          words.addAll(
              List.of(
                  "-netdev",
                  "dgram,id=n0,"
                      + address("local", dgram.there())
                      + ","
                      + address("remote", dgram.here())));
      case Attachment.Stream stream ->
          words.addAll(
              List.of(
                  "-netdev",
                  "stream,id=n0,server="
                      + (stream.connect() ? "on," : "off,")
                      + address("addr", stream.at())));
      case Attachment.Netfile netfile -> throw none(attachment);
      case Attachment.Memif memif -> throw none(attachment);
      case Attachment.Tap tap -> throw none(attachment);
      case Attachment.Vxlan vxlan -> throw none(attachment);
    }
    // QEMU 7.2 crashes with MSI-X on a vhost-user NIC without KVM
    words.addAll(
        List.of("-device", "virtio-net-pci,netdev=n0,mac=" + mac + (shared ? ",vectors=0" : "")));
    words.addAll(List.of("-kernel", machine.kernel()));
    String initrd = machine.initrd();
    if (initrd != null) {
      words.addAll(List.of("-initrd", initrd));
    }
    words.addAll(List.of("-append", ("console=ttyS0 panic=-1 " + machine.append()).strip()));
    return words;
  }

  private static IllegalArgumentException none(Attachment attachment) {
    return new IllegalArgumentException("QEMU has no netdev for " + attachment.label());
  }

  /** A comma ends an option unless it stands twice. */
  private static String quoted(String path) {
    return path.replace(",", ",,");
  }

  private static String address(String key, SocketAddress address) {
    if (address instanceof InetSocketAddress inet) {
      return String.format(
          "%1$s.type=inet,%1$s.host=%2$s,%1$s.port=%3$d",
          key, inet.getAddress().getHostAddress(), inet.getPort());
    }
    return key + ".type=unix," + key + ".path=" + quoted(address.toString());
  }
}
