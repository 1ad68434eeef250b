package org.larval.cipso;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.larval.labels.MlsLevel;
import org.larval.labels.Sids;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.wire.Prefix;

/**
 * The kernel's NetLabel for one guest: which label goes on the wire, whether one that came in is
 * acceptable, and what it means (netlabel_kapi.c, security/selinux/netlabel.c). The guest's stack
 * calls it at its hooks; once a label was seen nothing is allocated for it again.
 *
 * <table>
 * <caption>Where it is called</caption>
 * <tr><td>socket(); connect(), SYN, SYN-ACK</td><td>{@link #atSocket}; {@link #towards}</td></tr>
 * <tr><td>LOCAL_OUT, FORWARD at -225</td><td>{@link #stamp}</td></tr>
 * <tr><td>options of a packet that arrives</td><td>{@link #checkIpv4}, {@link #checkIpv6}</td></tr>
 * <tr><td>who sent it</td><td>{@link #receive}, {@link #peerSid}</td></tr>
 * </table>
 */
public final class NetLabel {
  private static final int ACCEPTABLE = -1;

  /** Whether packets without any label are accepted ({@code unlbl accept}). */
  public boolean acceptUnlabeled = true;

  /** Whether tag 1 must translate; see {@link NetLabelSysctl#CIPSO_RBM_STRICTVALID}. */
  private boolean strictBitmap = true;

  boolean cacheCipso = true;
  boolean cacheCalipso = true;

  /**
   * Whether a CALIPSO option without compartments is no label but gives the packet its level all
   * the same, as in Linux; otherwise it is a label as RFC 5570 has it.
   */
  public boolean linuxLevelOnlyCalipso;

  private final LabelDictionary labels;
  private final DoiTable dois = new DoiTable();
  private final CalipsoDois calipsoDois = new CalipsoDois();
  private final DomainMap map = new DomainMap();
  private final StaticLabels fallback = new StaticLabels();
  private LabelCache cipsoCache = new LabelCache(LabelCache.DEFAULT_BUCKET_SIZE);
  private LabelCache calipsoCache = new LabelCache(LabelCache.DEFAULT_BUCKET_SIZE);
  private final CipsoOption cipso = new CipsoOption();
  private final Ipv4Options ipv4 = new Ipv4Options();
  private final HopByHop ipv6 = new HopByHop();
  private CipsoEncoder encoder = new CipsoEncoder(false);

  /** Options that were accepted last, and from where. */
  private final LastOptions accepted = new LastOptions();

  private boolean acceptedFromLoopback;

  /** Options that the cache knew last, and what for. */
  private final LastOptions known = new LastOptions();

  private int knownSid;
  private int epoch = 1;
  private int peerSid;

  /** NetLabel as after boot: nothing is labelled, everything is accepted. */
  public NetLabel(LabelDictionary labels) {
    this.labels = labels;
  }

  // ---- configuration

  /** Whether labels are looked at: some DOI or static label exists (netlbl_enabled). */
  public boolean enabled() {
    return !dois.isEmpty() || !calipsoDois.isEmpty() || !fallback.isEmpty();
  }

  /**
   * Sets one of the kernel's switches, as sysctl does.
   *
   * @param value 0 to {@link NetLabelSysctl#most}
   */
  public void set(NetLabelSysctl sysctl, int value) {
    sysctl.set(this, value);
  }

  void optimisedBitmap(boolean on) {
    encoder = new CipsoEncoder(on);
    epoch++;
  }

  boolean strictBitmap() {
    return strictBitmap;
  }

  void strictBitmap(boolean on) {
    strictBitmap = on;
    accepted.forget();
  }

  void cipsoCacheSize(int options) {
    cipsoCache = new LabelCache(options);
    known.forget();
  }

  void calipsoCacheSize(int options) {
    calipsoCache = new LabelCache(options);
  }

  /** Another policy is in force: what was made of its labels is forgotten. */
  public void policyReloaded() {
    epoch++;
    cipsoCache.invalidate();
    known.forget();
    calipsoCache.invalidate();
  }

  /** Adds a DOI of CIPSO; EEXIST if the number is taken. */
  public Errno addCipso(Doi doi) {
    return dois.add(doi);
  }

  /** Takes a DOI of CIPSO away and the domains' entries that name it; ENOENT if there is none. */
  public Errno removeCipso(int number) {
    Errno removed = dois.remove(number);
    if (removed == Errno.OK) {
      map.forget(false, number);
      cipsoCache.invalidate();
      known.forget();
      accepted.forget();
    }
    return removed;
  }

  /** Adds a DOI of CALIPSO; EINVAL for 0, EEXIST if it is there. */
  public Errno addCalipso(int number) {
    return calipsoDois.add(number);
  }

  /** Takes a DOI of CALIPSO away and the domains' entries that name it. */
  public Errno removeCalipso(int number) {
    Errno removed = calipsoDois.remove(number);
    if (removed == Errno.OK) {
      map.forget(true, number);
      calipsoCache.invalidate();
    }
    return removed;
  }

  /**
   * Maps a domain, or the default if that is null, to CIPSO labels; EINVAL without such a DOI.
   *
   * @param address of destinations, or null for all
   */
  public Errno mapCipso(@Nullable String domain, @Nullable Prefix address, int doi) {
    Doi found = dois.find(doi);
    return found == null
        ? Errno.EINVAL
        : map.add(domain, DomainMap.Family.V4, address, Mapping.Labeled.cipso(found));
  }

  /** The same for CALIPSO. */
  public Errno mapCalipso(@Nullable String domain, @Nullable Prefix address, int doi) {
    return calipsoDois.has(doi)
        ? map.add(domain, DomainMap.Family.V6, address, Mapping.Labeled.calipso(doi))
        : Errno.EINVAL;
  }

  /** Maps a domain, or the default, to no labels. */
  public Errno mapUnlabeled(
      @Nullable String domain, @Nullable Prefix address, DomainMap.Family family) {
    return map.add(domain, family, address, Mapping.UNLABELED);
  }

  /** Takes a domain's entries away, or the defaults; ENOENT if there are none. */
  public Errno unmap(@Nullable String domain) {
    return map.remove(domain);
  }

  /** Gives a label to packets without one; EINVAL if the context means nothing. */
  public Errno addStatic(@Nullable String device, Prefix sources, String context) {
    int sid = labels.sid(context);
    return sid == Sids.NONE ? Errno.EINVAL : fallback.add(device, sources, sid);
  }

  /** Takes such a label away; ENOENT if there is none. */
  public Errno removeStatic(@Nullable String device, Prefix sources) {
    return fallback.remove(device, sources);
  }

  /** The DOIs of CIPSO, to look at. */
  public DoiTable dois() {
    return dois;
  }

  /** The DOIs of CALIPSO, to look at. */
  public CalipsoDois calipsoDois() {
    return calipsoDois;
  }

  /** The domain map, to look at. */
  public DomainMap map() {
    return map;
  }

  /** The static labels, to look at. */
  public StaticLabels staticLabels() {
    return fallback;
  }

  /** What SIDs mean. */
  public LabelDictionary labels() {
    return labels;
  }

  // ---- out

  /** What a new socket of a label gets: {@link Labeling#BY_ADDRESS} if that depends. */
  public Labeling atSocket(int sid, boolean v6) {
    Mapping mapping = map.find(labels.domain(sid), v6);
    return mapping instanceof Mapping.Selectors ? Labeling.BY_ADDRESS : labeling(mapping, sid);
  }

  /**
   * What packets of a label to a destination get.
   *
   * @param high the first 64 bits of an IPv6 address, 0 for IPv4
   * @param low the last 64 bits, or the IPv4 address in the low 32
   */
  public Labeling towards(int sid, boolean v6, long high, long low) {
    return labeling(map.find(labels.domain(sid), v6, high, low), sid);
  }

  private Labeling labeling(@Nullable Mapping mapping, int sid) {
    return switch (mapping) {
      case null -> Labeling.UNMAPPED;
      case Mapping.Unlabeled _ -> Labeling.NONE;
      case Mapping.Labeled labeled -> labeled.labeling(sid, labels, encoder, epoch);
      case Mapping.Selectors _ -> Labeling.UNMAPPED;
    };
  }

  /**
   * Labels one packet by its destination (netlbl_skbuff_setattr): the option is put on, replaced or
   * taken off, lengths and checksum follow. The packet's IP header is at its reader index and
   * sound. Anything but OK: the packet must be dropped; it is as it was.
   */
  public Errno stamp(int sid, Packet packet) {
    ByteBuf data = packet.buffer();
    int ip = data.readerIndex();
    boolean v6 = data.getUnsignedByte(ip) >>> 4 == 6;
    Labeling labeling =
        v6
            ? towards(sid, true, data.getLong(ip + 24), data.getLong(ip + 32))
            : towards(sid, false, 0, data.getUnsignedInt(ip + 16));
    return switch (labeling) {
      case Labeling.Unlabeled _ -> {
        if (v6) {
          yield ipv6.strip(packet);
        }
        Ipv4Options.strip(packet);
        yield Errno.OK;
      }
      case Labeling.Attach attach ->
          v6 ? ipv6.attach(packet, attach.option()) : Ipv4Options.attach(packet, attach.option());
      case Labeling.Refuse refuse -> refuse.errno();
      case Labeling.ByAddress _ -> Errno.ENOENT;
    };
  }

  // ---- in

  /**
   * Checks the options of an IPv4 header that arrived or is to be forwarded: the offset in the
   * header at which an ICMP Parameter Problem (type 12, code 0) must point, or -1 if all is well.
   * It looks at lengths and CIPSO, whether or not anything is configured.
   *
   * @param ip the absolute index of a header that lies within the buffer
   * @param loopback whether it came by the loopback device
   */
  public int checkIpv4(ByteBuf data, int ip, boolean loopback) {
    if (loopback == acceptedFromLoopback && accepted.are(data, ip)) {
      return ACCEPTABLE;
    }
    int pointer = ipv4.check(data, ip, dois, loopback, strictBitmap);
    if (pointer == ACCEPTABLE) {
      accepted.keep(data, ip);
      acceptedFromLoopback = loopback;
    }
    return pointer;
  }

  /** Why {@link #checkIpv4} last pointed somewhere. */
  public @Nullable CipsoFault fault() {
    return ipv4.fault();
  }

  /** Checks CALIPSO options of an IPv6 packet; if false it is dropped and nobody is told. */
  public boolean checkIpv6(ByteBuf data, int ip) {
    return ipv6.check(data, ip, calipsoDois);
  }

  /**
   * Finds the label of a packet that came in (selinux_netlbl_skbuff_getsid): its own, else one
   * given to its source, else none. The SID is {@link #peerSid}.
   *
   * @param ip the absolute index of a header that lies within the buffer and was checked
   * @param device the name of the device that it came in by
   */
  public PeerLabel receive(ByteBuf data, int ip, @Nullable String device) {
    peerSid = Sids.NONE;
    if (!enabled()) {
      return PeerLabel.OFF;
    }
    boolean v6 = data.getUnsignedByte(ip) >>> 4 == 6;
    return v6 ? receiveIpv6(data, ip, device) : receiveIpv4(data, ip, device);
  }

  /** The SID that {@link #receive} found, 0 for none. */
  public int peerSid() {
    return peerSid;
  }

  private PeerLabel receiveIpv4(ByteBuf data, int ip, @Nullable String device) {
    if (cacheCipso && known.are(data, ip)) {
      peerSid = knownSid;
      return PeerLabel.CIPSO;
    }
    int at = Ipv4Options.find(data, ip);
    if (at >= 0 && cipso.wrap(data, at, CipsoOption.MAX_LENGTH) == null) {
      int cached = cacheCipso ? cipsoCache.find(data, at, cipso.length()) : Sids.NONE;
      if (cached != Sids.NONE) {
        peerSid = cached;
        known.keep(data, ip);
        knownSid = cached;
        return PeerLabel.CIPSO;
      }
      Doi doi = dois.find(cipso.doi());
      if (doi != null && cipso.sid() != Sids.NONE) {
        peerSid = cipso.sid();
        return PeerLabel.CIPSO;
      }
      MlsLevel level = doi == null ? null : cipso.label(doi);
      if (level != null) {
        return imported(level, PeerLabel.CIPSO, cipsoCache, data, at, cipso.length());
      }
    }
    return unlabeled(data, ip, false, device);
  }

  private PeerLabel imported(
      MlsLevel level, PeerLabel kind, LabelCache cache, ByteBuf data, int at, int length) {
    peerSid = labels.sid(level);
    if (peerSid == Sids.NONE) {
      return PeerLabel.REFUSED;
    }
    if (kind == PeerLabel.CIPSO ? cacheCipso : cacheCalipso) {
      cache.add(data, at, length, peerSid);
    }
    return kind;
  }

  private PeerLabel receiveIpv6(ByteBuf data, int ip, @Nullable String device) {
    CalipsoOption option = ipv6.find(data, ip);
    if (option == null || option.validate(calipsoDois) != null) {
      return unlabeled(data, ip, true, device);
    }
    if (option.levelOnly() && linuxLevelOnlyCalipso) {
      PeerLabel found = unlabeled(data, ip, true, device);
      if (found == PeerLabel.NONE) {
        peerSid = labels.sid(new MlsLevel(option.level(), option.categories()));
        return peerSid == Sids.NONE ? PeerLabel.REFUSED : PeerLabel.FALLBACK;
      }
      return found;
    }
    int at = option.start();
    int cached = cacheCalipso ? calipsoCache.find(data, at, option.length()) : Sids.NONE;
    if (cached != Sids.NONE) {
      peerSid = cached;
      return PeerLabel.CALIPSO;
    }
    MlsLevel level = new MlsLevel(option.level(), option.categories());
    return imported(level, PeerLabel.CALIPSO, calipsoCache, data, at, option.length());
  }

  private PeerLabel unlabeled(ByteBuf data, int ip, boolean v6, @Nullable String device) {
    peerSid = fallback.find(device, data, ip, v6);
    if (peerSid != Sids.NONE) {
      return PeerLabel.FALLBACK;
    }
    return acceptUnlabeled ? PeerLabel.NONE : PeerLabel.REFUSED;
  }
}
