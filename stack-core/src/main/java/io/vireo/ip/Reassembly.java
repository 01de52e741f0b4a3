// SPDX-License-Identifier: Apache-2.0
package io.vireo.ip;

import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.wire.IndexList;
import io.vireo.wire.InternetChecksum;
import io.vireo.wire.Ipv4Header;
import io.vireo.wire.TcpHeader;
import java.nio.ByteBuffer;

/**
 * Puts the fragments of datagrams together (RFC 791 section 3.2, RFC 1122 section 3.3.2), as far as that can be offered to strangers: within
 * one piece of memory, at most 64 datagrams of at most 16 fragments, the oldest making room; so a fragment costs the same whatever came
 * before. Fragments that contradict each other spoil their datagram, and what follows of it is dropped (RFC 5722 section 4). Deviation: RFC
 * 1122 section 3.3.2 has an ICMP message sent when time runs out; here nobody is told, whoever sends TCP finds out.
 */
public final class Reassembly {
  static final int DATAGRAMS = 64;
  static final int FRAGMENTS_PER_DATAGRAM = 16;

  private static final int LONGEST_DATAGRAM = 65_535;

  /** Two bits of the traffic class (RFC 3168 section 5); a bit of {@link #ecn} for each of their values. */
  private static final int ECN_MASK = 3;

  private static final int NOT_ECT = 1 << 0;
  private static final int CONGESTION_EXPERIENCED = 1 << 3;

  private final Counters counters;
  private final long timeoutNs;
  private final FragmentMemory store;
  private final FragmentIndex index;

  /** In the order of their first fragments, which is that of their deadlines. */
  private final IndexList byAge = new IndexList(DATAGRAMS);

  private final long[] sinceNs = new long[DATAGRAMS];
  private final int[] fragments = new int[DATAGRAMS];
  private final int[] heldBytes = new int[DATAGRAMS];

  /** Where the fragment that reaches farthest ends. */
  private final int[] reach = new int[DATAGRAMS];

  /** Bytes of payload, as the last fragment has it; 0: it has not come yet. */
  private final int[] totalBytes = new int[DATAGRAMS];

  private final int[] ecn = new int[DATAGRAMS];

  /** Nothing more is expected of it but fragments to drop. */
  private final boolean[] spoilt = new boolean[DATAGRAMS];

  // By datagram and fragment.
  private final int[] offsets = new int[DATAGRAMS * FRAGMENTS_PER_DATAGRAM];
  private final int[] lengths = new int[DATAGRAMS * FRAGMENTS_PER_DATAGRAM];
  private final int[] chains = new int[DATAGRAMS * FRAGMENTS_PER_DATAGRAM];

  /**
   * Takes no memory yet.
   *
   * @param bytes most of them held, 0 (fragments are dropped) or at least 64 KiB
   * @param timeoutNs how long a datagram may take from its first fragment on
   * @param seed key of the hash
   */
  public Reassembly(int bytes, long timeoutNs, long seed, Counters counters) {
    this.counters = counters;
    this.timeoutNs = timeoutNs;
    this.store = new FragmentMemory(bytes);
    this.index = new FragmentIndex(DATAGRAMS, seed);
  }

  /** Where a datagram that has been put together lies, until the next {@link #accept}. */
  ByteBuffer memory() {
    return store.memory();
  }

  /** The checksum over {@link #memory()}. */
  InternetChecksum checksum() {
    return store.checksum();
  }

  /**
   * Takes a fragment of TCP or ICMP whose header is sound; returns the datagram that it completes, as {@link IpDatagram} says with offsets in
   * {@link #memory()}, or DROPPED: nothing yet, or never.
   */
  long accept(ByteBuffer source, int header, int payload, int length, long nowNs) {
    if (!store.open()) {
      return drop(Counter.IP_FRAGMENTS);
    }
    int offset = Ipv4Header.fragmentOffset(source, header);
    boolean last = !Ipv4Header.moreFragments(source, header);
    if (length == 0
        || (!last && (length & 7) != 0)
        || payload - header + offset + length > LONGEST_DATAGRAM) {
      return drop(Counter.IP_FRAGMENT_MALFORMED);
    }
    int protocol = Ipv4Header.protocol(source, header);
    if (protocol == Ipv4Header.PROTOCOL_TCP && splitsHeader(offset, length)) {
      return drop(Counter.IP_FRAGMENT_TINY);
    }
    if (offset + length > store.wholeBytes()) {
      return drop(Counter.IP_FRAGMENT_TOO_LONG);
    }
    int datagram = datagramOf(source, header, protocol, nowNs);
    if (spoilt[datagram]) {
      return drop(Counter.IP_FRAGMENT_LATE);
    }
    if (!agrees(datagram, offset, length, last, source, payload)
        || !joins(datagram, Ipv4Header.trafficClass(source, header) & ECN_MASK)
        || !makeRoom(datagram, length)) {
      return IpDatagram.DROPPED;
    }
    keep(datagram, offset, length, store.put(source, payload, length));
    if (last) {
      totalBytes[datagram] = offset + length;
    }
    // Nothing overlaps and nothing lies beyond the end: as many bytes as that are all of them.
    return heldBytes[datagram] == totalBytes[datagram]
        ? complete(datagram, protocol)
        : IpDatagram.DROPPED;
  }

  /** RFC 1858 section 3, RFC 3128: who cuts a TCP header apart wants to hide it from a filter. */
  private static boolean splitsHeader(int offset, int length) {
    return offset < TcpHeader.MIN_LENGTH && (offset > 0 || length < TcpHeader.MIN_LENGTH);
  }

  private int datagramOf(ByteBuffer source, int header, int protocol, long nowNs) {
    int sender = Ipv4Header.sourceAddress(source, header);
    int receiver = Ipv4Header.destinationAddress(source, header);
    long addressKey = Ipv4Route.addressKey(receiver, sender);
    int identity = protocol << 16 | Ipv4Header.identification(source, header);
    int datagram = index.find(addressKey, identity);
    if (datagram != FragmentIndex.NONE && nowNs - sinceNs[datagram] >= timeoutNs) {
      // The timers have not run yet. The identification may be in use again (RFC 6864).
      expire(datagram);
      datagram = FragmentIndex.NONE;
    }
    return datagram == FragmentIndex.NONE ? begin(addressKey, identity, nowNs) : datagram;
  }

  private int begin(long addressKey, int identity, long nowNs) {
    if (index.isFull()) {
      evict(byAge.first());
    }
    int datagram = index.add(addressKey, identity);
    byAge.add(datagram);
    sinceNs[datagram] = nowNs;
    fragments[datagram] = 0;
    heldBytes[datagram] = 0;
    reach[datagram] = 0;
    totalBytes[datagram] = 0;
    ecn[datagram] = 0;
    spoilt[datagram] = false;
    return datagram;
  }

  /** Whether the fragment is new and contradicts none of those held. */
  private boolean agrees(
      int datagram, int offset, int length, boolean last, ByteBuffer source, int payload) {
    int end = offset + length;
    for (int i = 0; i < fragments[datagram]; i++) {
      int slot = datagram * FRAGMENTS_PER_DATAGRAM + i;
      if (offsets[slot] == offset
          && lengths[slot] == length
          && last == (totalBytes[datagram] == end)
          && store.holds(chains[slot], source, payload, length)) {
        // RFC 5722 section 4 leaves it open; networks do duplicate.
        counters.increment(Counter.IP_FRAGMENT_DUPLICATE);
        return false;
      }
      if (offset < offsets[slot] + lengths[slot] && offsets[slot] < end) {
        return spoil(datagram, Counter.IP_FRAGMENT_OVERLAP);
      }
    }
    int total = totalBytes[datagram];
    boolean beyondEnd = total != 0 && end > total;
    boolean secondEnd = last && (total != 0 || end < reach[datagram]);
    if (beyondEnd || secondEnd) {
      return spoil(datagram, Counter.IP_FRAGMENT_BEYOND_END);
    }
    return fragments[datagram] < FRAGMENTS_PER_DATAGRAM
        || spoil(datagram, Counter.IP_FRAGMENTS_TOO_MANY);
  }

  /** RFC 3168 section 5.3: no mark of congestion may get lost, and none comes to a datagram that does not take part. */
  private boolean joins(int datagram, int codepoint) {
    ecn[datagram] |= 1 << codepoint;
    int contradiction = NOT_ECT | CONGESTION_EXPERIENCED;
    return (ecn[datagram] & contradiction) != contradiction
        || spoil(datagram, Counter.IP_FRAGMENT_ECN);
  }

  /** What is held of it goes; the entry stays, for the fragments that follow. Always false. */
  private boolean spoil(int datagram, Counter cause) {
    counters.increment(cause);
    letGo(datagram);
    spoilt[datagram] = true;
    return false;
  }

  /** The oldest go until there is room for so many bytes. False: this one was the oldest. */
  private boolean makeRoom(int datagram, int length) {
    while (!store.fits(length)) {
      int oldest = byAge.first();
      evict(oldest);
      if (oldest == datagram) {
        return false;
      }
    }
    return true;
  }

  private void keep(int datagram, int offset, int length, int chain) {
    int slot = datagram * FRAGMENTS_PER_DATAGRAM + fragments[datagram];
    offsets[slot] = offset;
    lengths[slot] = length;
    chains[slot] = chain;
    fragments[datagram]++;
    heldBytes[datagram] += length;
    reach[datagram] = Math.max(reach[datagram], offset + length);
  }

  private long complete(int datagram, int protocol) {
    for (int i = 0; i < fragments[datagram]; i++) {
      int slot = datagram * FRAGMENTS_PER_DATAGRAM + i;
      store.place(chains[slot], lengths[slot], offsets[slot]);
    }
    int length = totalBytes[datagram];
    forget(datagram);
    counters.increment(Counter.IP_REASSEMBLED);
    int kind = protocol == Ipv4Header.PROTOCOL_TCP ? IpDatagram.TCP : IpDatagram.ICMP;
    return IpDatagram.pack(kind, 0, length);
  }

  private void evict(int datagram) {
    counters.increment(Counter.IP_REASSEMBLIES_EVICTED);
    forget(datagram);
  }

  private void expire(int datagram) {
    counters.increment(Counter.IP_REASSEMBLIES_EXPIRED);
    forget(datagram);
  }

  private void forget(int datagram) {
    letGo(datagram);
    byAge.remove(datagram);
    index.remove(datagram);
  }

  private void letGo(int datagram) {
    for (int i = 0; i < fragments[datagram]; i++) {
      store.giveBack(chains[datagram * FRAGMENTS_PER_DATAGRAM + i]);
    }
    fragments[datagram] = 0;
  }

  private long drop(Counter cause) {
    counters.increment(cause);
    return IpDatagram.DROPPED;
  }

  /** Whether any datagram waits for fragments. */
  public boolean hasDeadline() {
    return byAge.first() != IndexList.NONE;
  }

  /** When the next one is given up; only if {@link #hasDeadline()}. */
  public long nextDeadlineNs() {
    return sinceNs[byAge.first()] + timeoutNs;
  }

  /** Gives up what took too long, at most limit datagrams; returns how many. */
  public int onTimer(long nowNs, int limit) {
    int done = 0;
    while (done < limit && hasDeadline() && nextDeadlineNs() - nowNs <= 0) {
      expire(byAge.first());
      done++;
    }
    return done;
  }

  /** Bytes of fragments held, in whole blocks. */
  int usedBytes() {
    return store.usedBytes();
  }
}
