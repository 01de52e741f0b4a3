// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import io.vireo.api.Counter;
import org.junit.jupiter.api.Test;

/** Segments for a listening port from peers without a connection: RFC 9293 §3.10.7.2. */
class ListenTest extends TcpScript {
  // CL-12, CL-13, CL-16, STM-04, STM-05; RFC 9293 §3.10.7.2, second
  @Test
  void anyAckIsRefusedAndTheListenerStays() {
    peer.sends("ACK seq 1 ack 31");
    stack.answers("RST seq 31");
    peer.sends("ACK seq 1 ack 31 len 100");
    stack.answers("RST seq 31");
    peer.sends("SYN ACK seq 1 ack 31");
    stack.answers("RST seq 31");
    peer.sends("FIN ACK seq 1 ack 31");
    stack.answers("RST seq 31");
    established();
  }

  // CL-14, STM-06; RFC 9293 §3.10.7.2, first
  @Test
  void resetIsIgnoredAndTheListenerStays() {
    peer.sends("RST seq 1", "RST ACK seq 1 ack 31", "SYN RST seq 1", "SYN RST ACK seq 1 ack 31");
    stack.isSilent();
    established();
  }

  // CL-15, STM-02; RFC 9293 §3.10.7.2, fourth
  @Test
  void segmentsWithNeitherSynNorAckNorRstAreDropped() {
    peer.sends(
        "FIN seq 1", "NONE seq 1", "URG PSH seq 1 urg 7", "FIN PSH URG seq 1", "NONE seq 1 len 9");
    stack.isSilent();
    established();
  }

  // CL-17: dropped, and nothing stays behind
  @Test
  void synWithFinIsDropped() {
    peer.sends("SYN FIN seq 0", "SYN FIN seq 0 len 10");
    stack.isSilentFor("5 s");
    established();
  }

  // STM-08, EC-02: ECN and urgent bits on a SYN change nothing
  @Test
  void oddFlagsOnASynAreIgnored() {
    peer.sends("SYN ECE CWR URG PSH seq 0 win 65535 urg 1 <mss 1460>");
    stack.answers("SYN ACK seq 0 ack 1 <mss 1460>");
    peer.sends("ACK seq 1 ack 1");
    user.hears("established");
  }

  // CL-18, STM-07; RFC 9293 §3.10.7.2, third: data may be queued or dropped, here it comes again
  @Test
  void dataOnTheSynIsNotAcknowledgedAndArrivesOnceLater() {
    peer.sends("SYN seq 0 win 65535 len 100 <mss 1460>");
    stack.answers("SYN ACK seq 0 ack 1");
    peer.sends("ACK seq 1 ack 1");
    user.hears("established");
    peer.sends("ACK PSH seq 1 ack 1 len 100");
    user.hears("data 100");
    stack.answersAfter("10 ms", "ACK seq 1 ack 101");
  }

  // CL-19, SYN-18; RFC 9293 §3.10.7.1
  @Test
  void finalAckOfAClosedListenerIsRefused() {
    peer.sends("SYN seq 0 win 65535 <mss 1460>");
    stack.answers("SYN ACK seq 0 ack 1");
    stack.unlistens();
    stack.isSilentFor("20 s");
    peer.sends("ACK seq 1 ack 1");
    stack.answers("RST seq 1");
  }

  // CL-21, MUST-41, MUST-42; RFC 9293 §3.9.1.1: an active open from a port that is listened on
  // disturbs neither
  @Test
  void listenerAndActiveOpenShareAPort() {
    connected();
    Peer other = anotherPeer(World.PEER_ADDRESS, 5001);
    other.sends("SYN seq 0 win 1000 <mss 1460>");
    stack.answers(other, "SYN ACK seq 0 ack 1");
    other.sends("ACK seq 1 ack 1");
    other.user.hears("established");
    peer.sends("ACK PSH seq 1 ack 1 len 10");
    user.hears("data 10");
    stack.answersAfter("10 ms", "ACK seq 1 ack 11");
  }

  // IP-10; RFC 9293 §3.3: four numbers name a connection
  @Test
  void aTupleThatDiffersInOneFieldIsAnotherConnection() {
    established();
    Peer otherPort = anotherPeer(World.PEER_ADDRESS, 5001);
    otherPort.sends("ACK seq 1 ack 1 len 10");
    stack.answers(otherPort, "RST seq 1");
    Peer otherHost = anotherPeer(0x0A00_0003, World.PEER_PORT);
    otherHost.sends("RST seq 1");
    otherHost.sends("ACK seq 1 ack 1 len 10");
    stack.answers(otherHost, "RST seq 1");
    peer.sends("ACK PSH seq 1 ack 1 len 10");
    user.hears("data 10");
    stack.answersAfter("10 ms", "ACK seq 1 ack 11");
  }

  // HDR-04, HDR-05, RX-19; RFC 9293 §3.1
  @Test
  void synWithAWrongChecksumIsDropped() {
    peer.sends("SYN seq 0 checksum wrong", "SYN seq 0 checksum zero");
    stack.isSilent();
    stack.counts(Counter.TCP_BAD_CHECKSUM, 2);
    established();
  }
}
