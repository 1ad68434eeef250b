package org.larval.lab.show;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.lab.show.ShowReport.Auth;
import org.larval.lab.show.ShowReport.KeySet;
import org.larval.lab.show.ShowReport.Shown;
import org.larval.lab.show.ShowReport.Totals;
import org.larval.pcap.CaptureException;
import org.larval.pcap.CaptureReader;
import org.larval.pcap.CapturedFrame;
import org.larval.xfrm.crypto.CryptoBackend;

/** Reads a capture to its end, or to where it is damaged. */
public final class Show {
  private Show() {}

  /**
   * Takes every packet apart.
   *
   * @param sas a file of {@code ip xfrm state add} lines; null to show headers only
   * @param reseal whether opened packets are built again and compared
   * @param rules a file of netlabelctl lines whose DOIs are the known ones; null to take any
   * @param keys for IKE, and for ESP where {@code sas} have none
   * @throws org.larval.lab.file.LabFileException if a line of {@code sas} or {@code rules} cannot
   *     be followed
   */
  public static ShowReport of(
      CaptureReader reader,
      @Nullable Path sas,
      boolean reseal,
      @Nullable Path rules,
      ShowKeys keys,
      CryptoBackend backend) {
    SaTable table = sas == null ? null : new SaTable(SaFile.read(sas, backend));
    IkeKeyFile file = keys.readIkeKeys();
    boolean espGiven = keys.espTable() != null || keys.ikeKeys() != null;
    boolean ikeGiven = keys.ikeTable() != null || keys.ikeKeys() != null;
    AuthCheck auths =
        new AuthCheck(
            keys.readPsks(), keys.readPpks(), keys.readAuthorities(), keys.readPublicKeys());
    IkeHistory history = new IkeHistory(auths);
    EspKeys espKeys = espGiven ? new EspKeys(keys.readEspTable(), file.child(), history) : null;
    IkeDecoder decoder = new IkeDecoder(keys.readIkeTable(), file.ike(), ikeGiven);
    SecurityLayers security = new SecurityLayers(table, espKeys, reseal);
    IkeLayers ike = new IkeLayers(decoder, history);
    Dissector dissector = new Dissector(security, new LabelLayers(rules), ike);
    List<Shown> packets = new ArrayList<>();
    String damage = null;
    try {
      long first = 0;
      for (CapturedFrame frame = reader.next(); frame != null; frame = reader.next()) {
        if (packets.isEmpty()) {
          first = frame.timestampNanos();
        }
        double seconds = (frame.timestampNanos() - first) / 1e9;
        packets.add(dissector.show(packets.size() + 1, seconds, frame));
      }
    } catch (CaptureException problem) {
      damage = problem.getMessage();
    }
    List<KeySet> keySets = new KeyCheck(history, file, keys.readPpks()).check();
    Totals totals = totals(packets, security, ike, keySets, auths.results());
    return new ShowReport(reader.name(), packets, keySets, auths.results(), damage, totals);
  }

  /**
   * Whether everything that could be opened, derived again or verified with what was given was.
   *
   * @param keys what was given
   */
  public static boolean allWell(ShowReport report, ShowKeys keys) {
    Totals totals = report.totals();
    boolean ikeGiven = keys.ikeTable() != null || keys.ikeKeys() != null;
    boolean authGiven = !keys.psks().isEmpty() || !keys.authorities().isEmpty();
    return totals.failed() == 0
        && (!ikeGiven || totals.decrypted() == totals.encrypted())
        && totals.keySetsRecomputed() == totals.keySets()
        && (!authGiven || report.auths().stream().allMatch(Show::well));
  }

  /** Verified, or covered by a key that nobody could have derived. */
  private static boolean well(Auth auth) {
    return auth.verified() || AuthCheck.UNKNOWN_MSK.equals(auth.why());
  }

  private static Totals totals(
      List<Shown> packets,
      SecurityLayers security,
      IkeLayers ike,
      List<KeySet> keySets,
      List<Auth> auths) {
    int isProtected = 0;
    int verified = 0;
    int failed = 0;
    int resealed = 0;
    int identical = 0;
    for (Shown packet : packets) {
      isProtected += packet.verdict() == null ? 0 : 1;
      verified += SecurityLayers.VERIFIED.equals(packet.verdict()) ? 1 : 0;
      failed += SecurityLayers.FAILED.equals(packet.verdict()) ? 1 : 0;
      String again = packet.resealed();
      resealed += again == null || again.equals(SecurityLayers.IMPOSSIBLE) ? 0 : 1;
      identical += SecurityLayers.IDENTICAL.equals(again) ? 1 : 0;
    }
    return new Totals(
        packets.size(),
        isProtected,
        verified,
        failed,
        resealed,
        identical,
        ike.messages(),
        ike.encrypted(),
        ike.decrypted(),
        keySets.size(),
        (int) keySets.stream().filter(KeySet::recomputed).count(),
        auths.size(),
        (int) auths.stream().filter(Auth::verified).count(),
        security.esp(),
        security.espDecrypted());
  }
}
