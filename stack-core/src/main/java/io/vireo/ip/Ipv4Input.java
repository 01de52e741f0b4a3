// SPDX-License-Identifier: Apache-2.0
package io.vireo.ip;

import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.api.HotPath;
import io.vireo.link.EthernetLink;
import io.vireo.link.LinkFrame;
import io.vireo.wire.InternetChecksum;
import io.vireo.wire.Ipv4Address;
import io.vireo.wire.Ipv4Header;
import java.nio.ByteBuffer;

/**
 * Validates datagrams on their way in. Only what is sound, whole, from a host and for one of our own addresses passes;
 * so what comes behind may answer without asking who would be hit. Fragments pass when the last of them has come, and then
 * lie elsewhere: hence {@link #memory()} and {@link #checksum()} go with the datagram.
 */
public final class Ipv4Input {
  private static final long NO_ADDRESS = Long.MIN_VALUE;

  private final EthernetLink link;
  private final Routes routes;
  private final Counters counters;
  private final ByteBuffer memory;
  private final InternetChecksum checksum;
  private final Reassembly reassembly;
  private boolean reassembled;

  /** Where datagrams lie that do not lie in a frame, when there was one last, and the checksum over it. */
  private ByteBuffer copy;

  private InternetChecksum copyChecksum;

  /** Over the host's memory; null: there is none. */
  private final InternetChecksum hostChecksum;

  private int headerOffset;
  private int sourceAddress;
  private int destinationAddress;

  /** The source that passed last: that of the next datagram, most of the time. */
  private long possibleSource = NO_ADDRESS;

  public Ipv4Input(EthernetLink link, Routes routes, Reassembly reassembly, Counters counters) {
    this.link = link;
    this.routes = routes;
    this.reassembly = reassembly;
    this.counters = counters;
    this.memory = link.receiveMemory();
    this.checksum = link.receiveChecksum();
    this.hostChecksum = link.hostMemory() == null ? null : new InternetChecksum(link.hostMemory());
  }

  /**
   * Looks at length bytes at offset of receive memory; returns what they are, as {@link IpDatagram} says.
   *
   * @param frameFlags of the frame they came in: {@link LinkFrame#CHECKSUMS_VERIFIED} or 0
   */
  @HotPath
  public long accept(int offset, int length, int frameFlags, long nowNs) {
    reassembled = false;
    if (length < Ipv4Header.MIN_LENGTH) {
      return drop(Counter.IP_MALFORMED);
    }
    long first = Ipv4Header.firstWord(memory, offset);
    int headerLength = Ipv4Header.headerLength(first);
    int totalLength = Ipv4Header.totalLength(first);
    if (Ipv4Header.version(first) != 4
        || headerLength < Ipv4Header.MIN_LENGTH
        || totalLength < headerLength
        || totalLength > length) {
      return drop(Counter.IP_MALFORMED);
    }
    if ((frameFlags & LinkFrame.CHECKSUMS_VERIFIED) == 0
        && !InternetChecksum.verifies(checksum.sum(offset, headerLength))) {
      return drop(Counter.IP_BAD_CHECKSUM);
    }
    headerOffset = offset;
    long second = Ipv4Header.secondWord(memory, offset);
    sourceAddress = Ipv4Header.sourceAddress(second);
    destinationAddress = Ipv4Header.destinationAddress(memory, offset);
    if (!routes.isOwn(destinationAddress)) {
      // Broadcast and multicast too: nothing that we speak answers them (RFC 9293 MUST-57).
      return drop(Counter.IP_NOT_FOR_US);
    }
    if (sourceAddress != possibleSource && !isPossibleSource(sourceAddress)) {
      return drop(Counter.IP_BAD_SOURCE);
    }
    possibleSource = sourceAddress;
    if (headerLength > Ipv4Header.MIN_LENGTH && !acceptOptions(offset, headerLength)) {
      return IpDatagram.DROPPED;
    }
    int payloadOffset = offset + headerLength;
    int payloadLength = totalLength - headerLength;
    return Ipv4Header.isFragment(first)
        ? acceptFragment(payloadOffset, payloadLength, nowNs)
        : acceptProtocol(Ipv4Header.protocol(second), payloadOffset, payloadLength);
  }

  /**
   * Takes an ICMP datagram that the host's kernel got for us, at the beginning of {@link EthernetLink#hostMemory}; it has looked at the header, and put it together from its fragments. Returns it as {@link #accept} does.
   */
  public long acceptFromHost(int length) {
    ByteBuffer source = link.hostMemory();
    reassembled = false;
    long first = length < Ipv4Header.MIN_LENGTH ? 0 : Ipv4Header.firstWord(source, 0);
    int headerLength = Ipv4Header.headerLength(first);
    if (Ipv4Header.version(first) != 4
        || headerLength < Ipv4Header.MIN_LENGTH
        || headerLength > length) {
      return drop(Counter.IP_MALFORMED);
    }
    long second = Ipv4Header.secondWord(source, 0);
    sourceAddress = Ipv4Header.sourceAddress(second);
    destinationAddress = Ipv4Header.destinationAddress(source, 0);
    if (!routes.isOwn(destinationAddress)) {
      return drop(Counter.IP_NOT_FOR_US);
    }
    if (!isPossibleSource(sourceAddress)) {
      return drop(Counter.IP_BAD_SOURCE);
    }
    copy = source;
    copyChecksum = hostChecksum;
    reassembled = true;
    return IpDatagram.pack(IpDatagram.ICMP, headerLength, length - headerLength);
  }

  /** Our own address as a source is the LAND attack (CVE-1999-0016); a broadcast one would make us flood the link. */
  @HotPath
  private boolean isPossibleSource(int address) {
    return Ipv4Address.isHost(address) && !routes.isOwn(address) && !routes.isBroadcast(address);
  }

  private long acceptFragment(int payloadOffset, int payloadLength, long nowNs) {
    int protocol = Ipv4Header.protocol(memory, headerOffset);
    if (protocol != Ipv4Header.PROTOCOL_TCP && protocol != Ipv4Header.PROTOCOL_ICMP) {
      // Not held, since nobody wants it; not refused either, since it may not be a first fragment.
      return drop(Counter.IP_FRAGMENTS);
    }
    if (!InternetChecksum.verifies(checksum.sum(headerOffset, payloadOffset - headerOffset))) {
      // What a NIC vouches for is the datagram of a frame; who knows what it makes of a fragment.
      return drop(Counter.IP_BAD_CHECKSUM);
    }
    long datagram = reassembly.accept(memory, headerOffset, payloadOffset, payloadLength, nowNs);
    reassembled = IpDatagram.kind(datagram) != IpDatagram.DROPPED;
    copy = reassembly.memory();
    copyChecksum = reassembly.checksum();
    return datagram;
  }

  @HotPath
  private long acceptProtocol(int protocol, int payloadOffset, int payloadLength) {
    if (protocol == Ipv4Header.PROTOCOL_TCP) {
      return IpDatagram.pack(IpDatagram.TCP, payloadOffset, payloadLength);
    }
    if (protocol == Ipv4Header.PROTOCOL_ICMP) {
      return IpDatagram.pack(IpDatagram.ICMP, payloadOffset, payloadLength);
    }
    counters.increment(Counter.IP_UNKNOWN_PROTOCOL);
    return IpDatagram.pack(IpDatagram.UNKNOWN_PROTOCOL, payloadOffset, payloadLength);
  }

  /** RFC 1122 section 3.2.1.8: options that we do not know are skipped. Source routes are refused: nobody needs us as a relay. */
  @HotPath
  private boolean acceptOptions(int offset, int headerLength) {
    int end = offset + headerLength;
    int at = offset + Ipv4Header.MIN_LENGTH;
    while (at < end) {
      int kind = memory.get(at) & 0xFF;
      if (kind == Ipv4Header.OPTION_END) {
        return true;
      }
      if (kind == Ipv4Header.OPTION_NO_OPERATION) {
        at++;
        continue;
      }
      int optionLength = at + 1 < end ? memory.get(at + 1) & 0xFF : 0;
      if (optionLength < 2 || optionLength > end - at) {
        counters.increment(Counter.IP_MALFORMED);
        return false;
      }
      if (kind == Ipv4Header.OPTION_LOOSE_SOURCE_ROUTE
          || kind == Ipv4Header.OPTION_STRICT_SOURCE_ROUTE) {
        counters.increment(Counter.IP_OPTIONS_REFUSED);
        return false;
      }
      at += optionLength;
    }
    return true;
  }

  private long drop(Counter cause) {
    counters.increment(cause);
    return IpDatagram.DROPPED;
  }

  /** Of the datagram accepted last. */
  public int sourceAddress() {
    return sourceAddress;
  }

  /** Of the datagram accepted last: one of our own. */
  public int destinationAddress() {
    return destinationAddress;
  }

  /** Where in receive memory the header of the datagram accepted last begins; of a reassembled one, that of its last fragment. */
  public int headerOffset() {
    return headerOffset;
  }

  /** Who sent the frame: where replies go that no route is kept for. */
  public long frameSourceMac() {
    return link.sourceMac();
  }

  /**
   * Whether the datagram accepted last was put together from fragments: it lies in memory of our own, until the next one comes, and no NIC
   * has verified it.
   */
  @HotPath
  public boolean reassembled() {
    return reassembled;
  }

  /** The memory that offsets in the datagram accepted last refer to. */
  @HotPath
  public ByteBuffer memory() {
    return reassembled ? copy : memory;
  }

  /** The checksum over {@link #memory()}. */
  @HotPath
  public InternetChecksum checksum() {
    return reassembled ? copyChecksum : checksum;
  }
}
