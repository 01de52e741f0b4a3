// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

/**
 * One thing that goes wrong, by itself: a run is its seed and a list of these, and any of them can be left out.
 *
 * @param kind what happens
 * @param place to which link (host h sends on link 2h and receives on link 2h + 1) or to which host; see {@link Kind}
 * @param at to which frame of that link, counted from 0; or when, in nanoseconds since the world began
 * @param argument how; see {@link Kind}
 * @param durationNs for how long, for what has a time
 */
record Fault(Kind kind, int place, long at, long argument, long durationNs) {
  /** Faults of a frame come first; those of a time follow. */
  enum Kind {
    /** A frame is lost, by chance. */
    LOSS,
    /** A frame is lost with others around it. */
    BURST,
    /** A frame is lost for what it is, or for its number. */
    RULE,
    /** The bit {@code argument}, counted modulo the length, is flipped. */
    CORRUPT,
    /** A frame arrives again, {@code argument} ns later. */
    DUPLICATE,
    /** A frame, and so those behind it, takes {@code argument} ns longer. */
    JITTER,
    /** A frame takes {@code argument} ns longer, and others pass it. */
    REORDER,
    /** The card that receives it discards a frame. */
    DISCARD,
    /** A copy of a frame arrives when all is over: {@code argument} millionths of half of TIME-WAIT later (RFC 9293 §3.4.1, MSL). */
    OLD_COPY,
    /** A router cuts the datagram into fragments of {@code argument} bytes, of which the last is late by the duration. */
    FRAGMENT,

    /** Of a time: a link loses everything. */
    OUTAGE,
    /** Hosts in the set {@code argument} do not reach the others; with bit 32 set, neither do those reach them. Place is 0. */
    PARTITION,
    /** The cable of a host is out: its card says so, and nothing passes. */
    LINK_DOWN,
    /** A link carries {@code argument} bytes a second, and queues a second of it. */
    SLOW,
    /** Behind a link down to a host, datagrams longer than {@code argument & 0xFFFF} are dropped; with bit 16 set, without a word by ICMP. */
    NARROW,
    /** A host is not polled, while frames queue up. */
    STALL,
    /** A host's card takes nothing to send, and gives no slot back. */
    STUCK,
    /** The MTU of the network is {@code argument}. Place is 0. */
    MTU,
    /** From now on a host's frames come from, and go to, the MAC address number {@code argument}: another card has taken over. */
    STATION,
    /** Somebody who sees nothing sends a host segments in the names of its peers, into their windows (RFC 5961); {@code argument}: which. */
    STRANGER,
    /** Others take all memory of a host but {@code argument} thousandths. */
    HOARD,
    /** The clock of a host is from now on ahead by {@code argument} ns more: it was suspended. */
    LEAP,
    /** The user closes his client. */
    CLOSE_CLIENT,
    /** The user closes his servers. */
    CLOSE_SERVER,
    /** The user stops listening. */
    UNLISTEN;

    /** Whether it happens to a frame, and not at a time. */
    boolean ofFrame() {
      return ordinal() <= FRAGMENT.ordinal();
    }

    /** Whether its place is a host. */
    boolean ofHost() {
      return switch (this) {
        case LINK_DOWN,
            STALL,
            STUCK,
            STATION,
            STRANGER,
            HOARD,
            LEAP,
            CLOSE_CLIENT,
            CLOSE_SERVER,
            UNLISTEN -> true;
        default -> false;
      };
    }
  }

  boolean holds(long atNs) {
    return atNs >= at && atNs < at + durationNs;
  }

  long endNs() {
    return at + durationNs;
  }

  /** One line, as {@link #parse} reads it. */
  @Override
  public String toString() {
    return kind + " " + place + " " + at + " " + argument + " " + durationNs;
  }

  static Fault parse(String line) {
    String[] words = line.trim().split(" +", -1);
    return new Fault(
        Kind.valueOf(words[0]),
        Integer.parseInt(words[1]),
        Long.parseLong(words[2]),
        Long.parseLong(words[3]),
        Long.parseLong(words[4]));
  }
}
