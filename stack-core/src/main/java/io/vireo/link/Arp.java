// SPDX-License-Identifier: Apache-2.0
package io.vireo.link;

import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.api.HotPath;
import io.vireo.wire.AddressSet;
import io.vireo.wire.ArpPacket;
import io.vireo.wire.Ipv4Address;
import io.vireo.wire.TokenBucket;
import java.nio.ByteBuffer;

/**
 * ARP on its way in (RFC 826, RFC 5227): answers those who ask for our addresses, tells the neighbour table what others
 * say of themselves. Deviation: RFC 826 updates an entry by any packet of its owner; here packets that nobody asked for
 * change nothing, because anybody can send them.
 */
final class Arp {
  private static final int REPLIES_PER_SECOND = 1_000;
  private static final int REPLY_BURST = 100;

  /** RFC 5227 section 2.4: DEFEND_INTERVAL. */
  static final long DEFEND_INTERVAL_NS = 10_000_000_000L;

  private final ByteBuffer memory;
  private final NeighbourTable neighbours;
  private final ArpOutput output;
  private final Counters counters;
  private final int[] localAddresses;
  private final AddressSet own;
  private final long ownMac;
  private final TokenBucket replyBudget = new TokenBucket(REPLIES_PER_SECOND, REPLY_BURST);
  private boolean conflictSeen;
  private long conflictNs;

  Arp(
      ByteBuffer memory,
      NeighbourTable neighbours,
      ArpOutput output,
      Counters counters,
      int[] localAddresses,
      long ownMac) {
    this.memory = memory;
    this.neighbours = neighbours;
    this.output = output;
    this.counters = counters;
    this.localAddresses = localAddresses.clone();
    this.own = new AddressSet(localAddresses);
    this.ownMac = ownMac;
  }

  /** Looks at the packet that a station sent; false if it was malformed. */
  @HotPath
  boolean accept(int offset, int length, long frameSource, long nowNs) {
    if (!isSound(offset, length, frameSource)) {
      counters.increment(Counter.ARP_MALFORMED);
      return false;
    }
    int sender = ArpPacket.senderAddress(memory, offset);
    if (own.contains(sender)) {
      onConflict(sender, nowNs);
      return true;
    }
    if (sender != Ipv4Address.UNSPECIFIED) {
      learn(offset, sender, frameSource, nowNs);
    }
    boolean request = ArpPacket.operation(memory, offset) == ArpPacket.REQUEST;
    int target = ArpPacket.targetAddress(memory, offset);
    if (request && own.contains(target)) {
      answer(target, frameSource, sender, nowNs);
    }
    return true;
  }

  private boolean isSound(int offset, int length, long frameSource) {
    if (length < ArpPacket.LENGTH || !ArpPacket.isEthernetIpv4(memory, offset)) {
      return false;
    }
    int operation = ArpPacket.operation(memory, offset);
    int sender = ArpPacket.senderAddress(memory, offset);
    // RFC 5227 section 2.1.1: who probes for an address has none yet.
    boolean probe = operation == ArpPacket.REQUEST && sender == Ipv4Address.UNSPECIFIED;
    return (operation == ArpPacket.REQUEST || operation == ArpPacket.REPLY)
        && ArpPacket.senderMac(memory, offset) == frameSource
        && (probe || Ipv4Address.isHost(sender));
  }

  private void learn(int offset, int sender, long senderMac, long nowNs) {
    int target = ArpPacket.targetAddress(memory, offset);
    boolean reply = ArpPacket.operation(memory, offset) == ArpPacket.REPLY;
    boolean toUs = own.contains(target) && ArpPacket.targetMac(memory, offset) == ownMac;
    boolean unsolicited;
    if (reply && toUs) {
      unsolicited = !neighbours.onAnswer(sender, senderMac, nowNs);
    } else {
      boolean contradicts = neighbours.onClaim(sender, senderMac, nowNs);
      unsolicited = contradicts || reply || sender == target;
    }
    if (unsolicited) {
      counters.increment(Counter.ARP_UNSOLICITED);
    }
  }

  private void answer(int target, long askerMac, int asker, long nowNs) {
    if (replyBudget.take(nowNs)) {
      output.reply(target, askerMac, asker);
    } else {
      counters.increment(Counter.ARP_REPLIES_SUPPRESSED);
    }
  }

  /** Somebody uses our address. RFC 5227 section 2.4 (b): said once per interval, and our connections live on. */
  private void onConflict(int address, long nowNs) {
    if (conflictSeen && nowNs - conflictNs < DEFEND_INTERVAL_NS) {
      counters.increment(Counter.ARP_UNSOLICITED);
      return;
    }
    conflictSeen = true;
    conflictNs = nowNs;
    counters.increment(Counter.ARP_CONFLICT);
    output.announce(address);
  }

  /** Tells everybody once which addresses are ours. */
  void announce() {
    for (int local : localAddresses) {
      output.announce(local);
    }
  }
}
