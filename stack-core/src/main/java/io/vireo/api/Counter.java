// SPDX-License-Identifier: Apache-2.0
package io.vireo.api;

/** What a stack counts since its start: one constant per thing that can happen to a frame or a connection. The list grows. */
public enum Counter {
  /** Frames taken from the NIC. */
  FRAMES_RECEIVED,
  /** Frames given to the NIC. */
  FRAMES_SENT,
  /** Times no transmit slot was free; what was to leave waits, or was stateless and is lost. */
  TRANSMIT_FULL,

  /** Ethernet: shorter than its header. */
  ETHERNET_RUNT,
  /** Ethernet: longer than the MTU allows. */
  ETHERNET_OVERSIZE,
  /** Ethernet: for another station, or for a group we are not in. */
  ETHERNET_NOT_FOR_US,
  /** Ethernet: impossible source address, or our own. */
  ETHERNET_BAD_SOURCE,
  /** Ethernet: a type or VLAN we do not serve. */
  ETHERNET_UNKNOWN_TYPE,

  /** ARP: malformed, or an operation that does not exist. */
  ARP_MALFORMED,
  /** ARP: a claim we did not ask for, and did not believe. */
  ARP_UNSOLICITED,
  /** ARP: somebody else uses our address. */
  ARP_CONFLICT,
  /** ARP requests sent. */
  ARP_REQUESTS_SENT,
  /** ARP replies sent. */
  ARP_REPLIES_SENT,
  /** ARP replies not sent because the budget was spent. */
  ARP_REPLIES_SUPPRESSED,
  /** Neighbours that did not answer. */
  NEIGHBOURS_FAILED,
  /** Neighbour table full of entries in use. */
  NEIGHBOURS_FULL,

  /** IPv4: header malformed, or lengths that contradict each other. */
  IP_MALFORMED,
  /** IPv4: header checksum wrong. */
  IP_BAD_CHECKSUM,
  /** IPv4: source address that no host may use. */
  IP_BAD_SOURCE,
  /** IPv4: destination is not ours. */
  IP_NOT_FOR_US,
  /** IPv4: source routes and other options we refuse. */
  IP_OPTIONS_REFUSED,
  /** IPv4: fragments that are not put together: of protocols we do not serve, or none at all (Limits.reassemblyBytes). */
  IP_FRAGMENTS,
  /** IPv4: fragments that are empty, not cut at a multiple of eight bytes, or end beyond 65,535. */
  IP_FRAGMENT_MALFORMED,
  /** IPv4: fragments that cut a TCP header apart. */
  IP_FRAGMENT_TINY,
  /** IPv4: fragments of datagrams longer than the memory for fragments allows. */
  IP_FRAGMENT_TOO_LONG,
  /** IPv4: fragments that came twice. */
  IP_FRAGMENT_DUPLICATE,
  /** IPv4: fragments that overlap others; their datagram is dropped. */
  IP_FRAGMENT_OVERLAP,
  /** IPv4: fragments beyond the end of their datagram, or a second end; it is dropped. */
  IP_FRAGMENT_BEYOND_END,
  /** IPv4: fragments that are one too many for their datagram; it is dropped. */
  IP_FRAGMENTS_TOO_MANY,
  /** IPv4: fragments whose ECN bits contradict each other (RFC 3168); their datagram is dropped. */
  IP_FRAGMENT_ECN,
  /** IPv4: fragments of datagrams that were dropped already. */
  IP_FRAGMENT_LATE,
  /** IPv4: datagrams put together from fragments. */
  IP_REASSEMBLED,
  /** IPv4: datagrams of which fragments were missing when their time was over. */
  IP_REASSEMBLIES_EXPIRED,
  /** IPv4: incomplete datagrams that made room for newer ones. */
  IP_REASSEMBLIES_EVICTED,
  /** IPv4: a protocol we do not serve. */
  IP_UNKNOWN_PROTOCOL,
  /** IPv4: no route to the destination. */
  IP_NO_ROUTE,

  /** ICMP: malformed, wrong checksum, or a quote that cannot be ours. */
  ICMP_MALFORMED,
  /** ICMP: a type or code we ignore. */
  ICMP_IGNORED,
  /** ICMP echo replies sent. */
  ICMP_ECHO_REPLIES_SENT,
  /** ICMP errors sent. */
  ICMP_ERRORS_SENT,
  /** ICMP messages not sent because the budget was spent. */
  ICMP_SUPPRESSED,
  /** ICMP errors received that quoted what a connection had under way. */
  ICMP_ERRORS_MATCHED,
  /** ICMP errors received that quoted nothing that was under way. */
  ICMP_ERRORS_STALE,

  /** TCP segments received with a sound header. */
  SEGMENTS_RECEIVED,
  /** TCP segments sent. */
  SEGMENTS_SENT,
  /** Segments sent again. */
  SEGMENTS_RETRANSMITTED,
  /** TCP: header malformed, port 0. */
  TCP_MALFORMED,
  /** TCP: checksum wrong. */
  TCP_BAD_CHECKSUM,
  /** TCP: to a multicast or broadcast address, or from one. */
  TCP_NOT_UNICAST,
  /** TCP: no connection and no listener. */
  TCP_NO_CONNECTION,
  /** TCP: outside the window. */
  TCP_OUT_OF_WINDOW,
  /** TCP: a timestamp of the past (RFC 7323 section 5). */
  TCP_OLD_TIMESTAMP,
  /** TCP: acknowledges what was never sent, or what is long past. */
  TCP_BAD_ACK,
  /** TCP: flags that make no sense in this state. */
  TCP_BAD_FLAGS,
  /** TCP: payload we held already. */
  TCP_DUPLICATE_DATA,
  /** TCP: payload that arrived before its turn and was kept. */
  TCP_OUT_OF_ORDER,
  /** TCP: payload dropped because the range limit or the buffer memory was reached; the peer sends it again. */
  TCP_DATA_DROPPED,
  /** TCP: times that a connection lost what it held beyond a gap, because memory was scarce; the peer sends it again. */
  EARLY_DATA_RECLAIMED,
  /** TCP: payload for a connection whose user is gone. */
  TCP_DATA_AFTER_END,
  /** Challenge ACKs sent (RFC 5961). */
  CHALLENGE_ACKS_SENT,
  /** Replies not sent because their budget was spent. */
  REPLIES_SUPPRESSED,
  /** RST segments sent. */
  RESETS_SENT,
  /** RST segments that ended a connection. */
  RESETS_RECEIVED,
  /** Retransmission timeouts. */
  RETRANSMIT_TIMEOUTS,
  /** Times segments were made smaller because a router said so, or nothing arrived any more. */
  PATH_MTU_REDUCED,
  /** Losses repaired by fast retransmit, or by a tail loss probe. */
  FAST_RETRANSMITS,
  /** Recoveries, and retransmission timeouts, that turned out to be for nothing and were undone. */
  RECOVERIES_UNDONE,
  /** Tail loss probes sent. */
  TAIL_LOSS_PROBES_SENT,
  /** Zero-window probes sent. */
  WINDOW_PROBES_SENT,
  /** Keep-alive probes sent. */
  KEEP_ALIVES_SENT,

  /** Connections opened by connect that reached ESTABLISHED. */
  CONNECTIONS_OPENED,
  /** Connections accepted by a listener that reached ESTABLISHED. */
  CONNECTIONS_ACCEPTED,
  /** Connections that ended, for any reason. */
  CONNECTIONS_CLOSED,
  /** SYNs refused by allowNewConnection. */
  CONNECTIONS_DISALLOWED,
  /** SYNs dropped because backlog, half-open table or pool was full. */
  SYNS_DROPPED,
  /** SYN-ACKs sent that carry a SYN cookie. */
  SYN_COOKIES_SENT,
  /** SYN cookies that came back and made a connection. */
  SYN_COOKIES_ACCEPTED,
  /** ACKs that were to be SYN cookies and were not, or not any more. */
  SYN_COOKIES_REFUSED,
  /** Half-open connections that were given up. */
  HALF_OPEN_EXPIRED,
  /** Old TIME-WAIT entries pushed out by new ones. */
  TIME_WAIT_RECYCLED,
  /** Buffer memory asked for and refused. */
  MEMORY_SHORTAGES,
  /** Callbacks that threw. */
  HANDLER_FAILURES
}
