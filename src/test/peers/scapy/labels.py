#!/usr/bin/env python3
"""Reads label options out of a capture of bare IP packets.

scapy finds the option and rebuilds the packet with lengths and checksum of its own; what is in the
option is read here by the drafts. Prints a line for each packet: kind, DOI, tag, level, categories,
and whether the rebuilt packet is the same.
"""
import sys

from scapy.all import IP, IPv6, IPv6ExtHdrHopByHop, Raw, rdpcap


def bits(octets):
    return [
        i * 8 + bit
        for i, octet in enumerate(octets)
        for bit in range(8)
        if octet & (0x80 >> bit)
    ]


def words(octets):
    return [octets[i] << 8 | octets[i + 1] for i in range(0, len(octets), 2)]


def cipso(value):
    doi = int.from_bytes(value[:4], "big")
    tag, length, _, level = value[4:8]
    rest = value[8 : 4 + length]
    if tag == 1:
        categories = bits(rest)
    elif tag == 2:
        categories = words(rest)
    else:
        ends = words(rest) + ([0] if len(rest) % 4 else [])
        categories = sorted(
            c
            for high, low in zip(ends[::2], ends[1::2])
            for c in range(low, high + 1)
        )
    return "cipso", doi, tag, level, categories


def calipso(data):
    doi = int.from_bytes(data[:4], "big")
    length, level = data[4] * 4, data[5]
    return "calipso", doi, "", level, bits(data[8 : 8 + length])


for packet in rdpcap(sys.argv[1]):
    whole = bytes(packet)
    if IPv6 in packet:
        ip = packet[IPv6]
        header = ip[IPv6ExtHdrHopByHop]
        found = [calipso(o.optdata) for o in header.options if o.otype == 7]
        del ip.plen
        header.autopad = 0
        del header.len
    else:
        ip = packet[IP]
        found = [cipso(o.value) for o in ip.options if o.option == 6]
        del ip.chksum, ip.len, ip.ihl
    again = bytes(ip.__class__(bytes(ip))) == whole
    kind, doi, tag, level, categories = found[0] if len(found) == 1 else ("", "", "", "", [])
    print(kind, doi, tag, level, ",".join(map(str, categories)), again, sep=";")
