#!/usr/bin/env python3
"""Opens packets that others protected and protects packets for others to open, with scapy.

Reads a file with one JSON object a line, and prints one for each:

  {"layers": [SA, ...], "esn": bool, "sealed": [[packet, number], ...],
   "plain": [[packet, number], ...]}
  -> {"opened": [packet or {"error": text}, ...], "built": [the same, ...]}

SAs stand innermost first; packets are in hex, from their IP header on; numbers have 64 bits with
"esn". An SA is

  {"protocol": "esp", "spi": int, "crypt": name, "key": hex, "icv": bytes, "auth": name,
   "auth_key": hex, "tunnel": [source, target] or absent, "udp": bool}

or {"protocol": "comp", "spi": CPI, "tunnel": ...}, which is left to zlib, since scapy has no IPComp.

What scapy 2.5.0 has not, but OpenSSL or Python has the parts of, is put together here by the RFCs:
AES-XCBC-MAC-96, HMAC-RIPEMD-160-96, GMAC, and ESN in check values apart from the cipher. The test
counts those apart, for they are only half a second opinion.
"""
import hmac
import json
import struct
import sys
import warnings
import zlib

warnings.filterwarnings("ignore")
from scapy.layers import ipsec  # noqa: E402
from scapy.layers.inet import IP, UDP  # noqa: E402
from scapy.layers.inet6 import IPv6  # noqa: E402
from scapy.packet import Raw, bind_layers, split_layers  # noqa: E402

COMP = 108

# More rows for scapy's own tables; the code that works by them is scapy's.
ipsec.CRYPT_ALGOS["AES-GCM-SHORT"] = ipsec.CryptAlgo(
    "AES-GCM-SHORT", cipher=ipsec.algorithms.AES, mode=ipsec.modes.GCM, salt_size=4, block_size=1,
    iv_size=8, icv_size=16, format_mode_iv=lambda sa, iv, **kw: sa.crypt_salt + iv)
ipsec.CRYPT_ALGOS["CAMELLIA-CBC"] = ipsec.CryptAlgo(
    "CAMELLIA-CBC", cipher=ipsec.algorithms.Camellia, mode=ipsec.modes.CBC)
ipsec.AUTH_ALGOS["SHA2-256-96"] = ipsec.AuthAlgo(
    "SHA2-256-96", mac=ipsec.HMAC, digestmod=ipsec.hashes.SHA256, icv_size=12)


class Xcbc:
    """AES-XCBC-MAC of RFC 3566 over the AES of OpenSSL."""

    def __init__(self, key):
        k1, self.k2, self.k3 = (self.aes(key)(bytes([i] * 16)) for i in (1, 2, 3))
        self.block = self.aes(k1)
        self.data = b""

    @staticmethod
    def aes(key):
        cipher = ipsec.Cipher(ipsec.algorithms.AES(key), ipsec.modes.ECB())
        return cipher.encryptor().update

    def update(self, data):
        self.data += data

    def finalize(self):
        whole = self.data and len(self.data) % 16 == 0
        data = self.data if whole else self.data + b"\x80" + bytes(-(len(self.data) + 1) % 16)
        state = bytes(16)
        for at in range(0, len(data), 16):
            piece = data[at:at + 16]
            if at + 16 == len(data):
                piece = xor(piece, self.k2 if whole else self.k3)
            state = self.block(xor(state, piece))
        return state


def xor(one, other):
    return bytes(a ^ b for a, b in zip(one, other))


class Ripemd:
    """HMAC-RIPEMD-160 of RFC 2857."""

    def __init__(self, key):
        self.mac = hmac.new(key, digestmod="ripemd160")
        self.update = self.mac.update
        self.finalize = self.mac.digest


class Extended:
    """RFC 4303, 2.2.1: the high half of the number counts as if it came behind everything."""

    def __init__(self, mac, high):
        self.mac = mac
        self.high = high
        self.update = mac.update

    def finalize(self):
        if self.high is not None:
            self.mac.update(struct.pack("!L", self.high))
        return self.mac.finalize()


class Integrity(ipsec.AuthAlgo):
    """Check values that scapy has not, or not with ESN."""

    def __init__(self, name):
        self.like = ipsec.AUTH_ALGOS.get(name)
        super().__init__(name, mac=True, digestmod=None,
                         icv_size=self.like.icv_size if self.like else 12)
        self.high = None

    def new_mac(self, key):
        own = {"AES-XCBC-96": Xcbc, "HMAC-RIPEMD-160-96": Ripemd}.get(self.name)
        return Extended(own(key) if own else self.like.new_mac(key), self.high)


class Gmac(ipsec.CryptAlgo):
    """RFC 4543: everything is authenticated, the IV too, and nothing encrypted."""

    def __init__(self):
        super().__init__("AES-NULL-GMAC", cipher=None, mode=None, block_size=1, iv_size=8,
                         key_size=(16, 24, 32), icv_size=16, salt_size=4)

    @staticmethod
    def covered(esp, rest, esn_en, esn):
        number = struct.pack("!LL", esn, esp.seq) if esn_en else struct.pack("!L", esp.seq)
        return struct.pack("!L", esp.spi) + number + rest

    def encrypt(self, sa, esp, key, icv_size=None, esn_en=False, esn=0):
        sealed = super().encrypt(sa, esp, key)
        covered = self.covered(esp, sealed.data, esn_en, esn)
        sealed.data += ipsec.aead.AESGCM(key).encrypt(sa.crypt_salt + esp.iv, b"", covered)
        return sealed

    def decrypt(self, sa, esp, key, icv_size=None, esn_en=False, esn=0):
        covered = self.covered(esp, esp.data[:-16], esn_en, esn)
        ipsec.aead.AESGCM(key).decrypt(sa.crypt_salt + esp.data[:8], esp.data[-16:], covered)
        return super().decrypt(sa, esp, key, 16)


ipsec.CRYPT_ALGOS.setdefault("AES-NULL-GMAC", Gmac())


def packet(data):
    return IP(data) if data[0] >> 4 == 4 else IPv6(data)


def header(addresses):
    source, target = addresses
    if ":" in source:
        return IPv6(src=source, dst=target)
    return IP(src=source, dst=target)


def association(layer, esn):
    esp = layer["protocol"] == "esp"
    words = {"esn_en": esn}
    if layer.get("tunnel"):
        words["tunnel_header"] = header(layer["tunnel"])
    if layer.get("udp"):
        words["nat_t_header"] = UDP(sport=4500, dport=4500)
    if layer.get("crypt"):
        words["crypt_algo"] = layer["crypt"]
        words["crypt_key"] = bytes.fromhex(layer["key"])
        words["crypt_icv_size"] = layer.get("icv")
    own = layer.get("auth") and (esp and esn or layer["auth"] not in ipsec.AUTH_ALGOS)
    if layer.get("auth"):
        words["auth_algo"] = "NULL" if own else layer["auth"]
        words["auth_key"] = bytes.fromhex(layer["auth_key"])
    sa = ipsec.SecurityAssociation(ipsec.ESP if esp else ipsec.AH, spi=layer["spi"], **words)
    if own:
        sa.auth_algo = Integrity(layer["auth"])
    return sa


def numbered(layer, sa, number):
    """ESP's check value apart is not told the number by scapy, AH's is."""
    if sa.esn_en and layer["protocol"] == "esp" and isinstance(sa.auth_algo, Integrity):
        sa.auth_algo.high = number >> 32
    return sa


def upper(data):
    """Where the header of the packet's first protocol behind IP is, without extension headers."""
    return (data[0] & 15) * 4 if data[0] >> 4 == 4 else 40


def with_upper(data, protocol, payload):
    """The same IP header in front of something else."""
    head = bytearray(data[:upper(data)])
    if head[0] >> 4 == 6:
        head[6] = protocol
        struct.pack_into("!H", head, 4, len(payload))
        return bytes(head) + payload
    head[9] = protocol
    struct.pack_into("!H", head, 2, len(head) + len(payload))
    struct.pack_into("!H", head, 10, 0)
    total = sum(struct.unpack("!%dH" % (len(head) // 2), bytes(head)))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    struct.pack_into("!H", head, 10, ~total & 0xffff)
    return bytes(head) + payload


def protocol(data):
    return data[9] if data[0] >> 4 == 4 else data[6]


def inflated(layer, data):
    at = upper(data)
    if protocol(data) != COMP:
        raise ValueError("not compressed")
    following, _, cpi = struct.unpack_from("!BBH", data, at)
    if cpi != layer["spi"]:
        raise ValueError("CPI %x" % cpi)
    payload = zlib.decompress(data[at + 4:], wbits=-15)
    return payload if layer.get("tunnel") else with_upper(data, following, payload)


def deflated(layer, data):
    if layer.get("tunnel"):
        inner = data
        data = bytes(header(layer["tunnel"]) / Raw(inner))
        following = 4 if inner[0] >> 4 == 4 else 41
    else:
        inner = data[upper(data):]
        following = protocol(data)
    body = zlib.compressobj(wbits=-15)
    payload = body.compress(inner) + body.flush()
    return with_upper(data, COMP, struct.pack("!BBH", following, 0, layer["spi"]) + payload)


def opened(sas, data, number):
    for layer, sa in reversed(sas):
        if sa is None:
            data = inflated(layer, data)
            continue
        if layer.get("udp") and data[0] >> 4 == 6:
            # scapy 2.5.0 leaves the UDP header of IPv6 in the opened packet
            if protocol(data) != 17 or data[40:44] != struct.pack("!HH", 4500, 4500):
                raise ValueError("not in UDP")
            data = with_upper(data, 50, data[48:])
        data = bytes(numbered(layer, sa, number).decrypt(packet(data), esn=number >> 32))
    return data


def encrypted(layer, sa, data, number):
    ah = layer["protocol"] == "ah"
    if ah:  # scapy 2.5.0 signs the ESP inside of AH instead, where it sees one
        split_layers(IP, ipsec.ESP, proto=50)
        split_layers(IPv6, ipsec.ESP, nh=50)
    try:
        return bytes(numbered(layer, sa, number).encrypt(
            packet(data), seq_num=number & 0xffffffff, esn=number >> 32))
    finally:
        if ah:
            bind_layers(IP, ipsec.ESP, proto=50)
            bind_layers(IPv6, ipsec.ESP, nh=50)


def built(sas, data, number):
    for layer, sa in sas:
        if sa is None:
            data = deflated(layer, data)
        else:
            data = encrypted(layer, sa, data, number)
    return data


def answers(act, sas, pairs):
    made = []
    for data, number in pairs:
        try:
            made.append(act(sas, bytes.fromhex(data), number).hex())
        except Exception as problem:  # whatever it is, it is the answer
            made.append({"error": "%s: %s" % (type(problem).__name__, str(problem)[:200])})
    return made


def main():
    with open(sys.argv[1], encoding="ascii") as lines:
        for line in lines:
            ask = json.loads(line)
            sas = [(layer, None if layer["protocol"] == "comp" else association(layer, ask["esn"]))
                   for layer in ask["layers"]]
            print(json.dumps({"opened": answers(opened, sas, ask["sealed"]),
                              "built": answers(built, sas, ask["plain"])}))


main()
