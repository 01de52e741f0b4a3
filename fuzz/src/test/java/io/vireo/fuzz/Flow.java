// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

/** What a peer knows of a connection by what the stack sent: the live values that stand in for placeholders in inputs. */
final class Flow {
  static final int FIN = 1;
  static final int SYN = 2;
  static final int RST = 4;
  static final int PSH = 8;
  static final int ACK = 16;

  /** Enough for the longest headers and the eight bytes that an ICMP error quotes. */
  static final int QUOTE_BYTES = 128;

  int remoteAddress;
  int remotePort;
  int localPort;

  /** The stack's ISS, once it has sent a SYN. */
  int stackIss;

  boolean stackSyn;

  /** Behind the last sequence number that the stack has used. */
  int stackEnd;

  /** What the stack has acknowledged last. */
  int stackAck;

  boolean stackAcks;
  int stackWindow;
  int stackShift;

  /** What the stack last sent from IP header on, as an ICMP error would quote it. */
  final byte[] quote = new byte[QUOTE_BYTES];

  int quoteLength;
  int sentFlags;
  int segments;

  /** Whether the stack's last SYN had a timestamp, and SACK-permitted. */
  boolean offersTimestamps;

  boolean offersSack;

  /** The timestamp of that SYN. */
  int stackTsVal;

  /** How many other segments, but for RSTs, had a timestamp, and how many had none. */
  int stamped;

  int unstamped;

  /** How many had blocks of selective acknowledgment. */
  int blocks;

  /** Of all segments, the most payload. */
  int largestPayload;

  /** Where the last segment was sent to. */
  long stationMac;

  /** The peer's own ISS, when the target has chosen one. */
  int peerIss;

  /** Behind all that the peer has sent, if the target keeps count: then no ACK may go beyond it. */
  int peerEnd;

  boolean peerCounts;

  /** What the peer has acknowledged last. */
  int peerAck;

  /** Every ISS that the stack has used for this flow, as far as there is room. */
  private final int[] stackNumbers = new int[16];

  private int stackNumberCount;

  void begin(int remoteAddress, int remotePort, int localPort) {
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
    this.localPort = localPort;
    stackIss = 0;
    stackSyn = false;
    stackEnd = 0;
    stackAck = 0;
    stackAcks = false;
    stackWindow = 0;
    stackShift = 0;
    quoteLength = 0;
    sentFlags = 0;
    segments = 0;
    largestPayload = 0;
    offersTimestamps = false;
    offersSack = false;
    stackTsVal = 0;
    stamped = 0;
    unstamped = 0;
    blocks = 0;
    stationMac = 0;
    peerIss = 0;
    peerEnd = 0;
    peerCounts = false;
    peerAck = 0;
    stackNumberCount = 0;
  }

  /** Whether the stack has sent a SYN with this number. */
  boolean hasOffered(int iss) {
    for (int i = 0; i < Math.min(stackNumberCount, stackNumbers.length); i++) {
      if (stackNumbers[i] == iss) {
        return true;
      }
    }
    return false;
  }

  /** The stack has sent a segment that is sound; payload and options are where the frame has them. */
  void onSent(byte[] frame, int ip, int tcp, int payload, int end) {
    int flags = Octets.u8(frame, tcp + 13);
    int seq = Octets.u32(frame, tcp + 4);
    sentFlags = flags;
    segments++;
    largestPayload = Math.max(largestPayload, end - payload);
    if ((flags & RST) != 0) {
      return;
    }
    if ((flags & SYN) != 0) {
      if (!stackSyn || stackIss != seq) {
        stackEnd = seq;
        stackNumbers[stackNumberCount++ % stackNumbers.length] = seq;
      }
      stackSyn = true;
      stackIss = seq;
      int scale = find(frame, tcp + 20, payload, 3);
      stackShift = scale < 0 ? 0 : frame[scale + 2];
      int timestamp = find(frame, tcp + 20, payload, 8);
      offersTimestamps = timestamp >= 0;
      stackTsVal = offersTimestamps ? Octets.u32(frame, timestamp + 2) : 0;
      offersSack = find(frame, tcp + 20, payload, 4) >= 0;
    } else {
      boolean hasTimestamp = find(frame, tcp + 20, payload, 8) >= 0;
      stamped += hasTimestamp ? 1 : 0;
      unstamped += hasTimestamp ? 0 : 1;
      blocks += find(frame, tcp + 20, payload, 5) >= 0 ? 1 : 0;
    }
    int last = seq + (end - payload) + (flags >> 1 & 1) + (flags & 1);
    if (last - stackEnd > 0 || !stackSyn) {
      stackEnd = last;
    }
    if ((flags & ACK) != 0) {
      stackAck = Octets.u32(frame, tcp + 8);
      stackAcks = true;
      Oracle.require(!peerCounts || stackAck - peerEnd <= 0, "acknowledges what was never sent");
      stackWindow = Octets.u16(frame, tcp + 14) << ((flags & SYN) != 0 ? 0 : stackShift);
    }
    quoteLength = Math.min(end - ip, QUOTE_BYTES);
    System.arraycopy(frame, ip, quote, 0, quoteLength);
    if (stackSyn) {
      checkPayload(frame, seq, payload, end);
    }
  }

  /** Users send bytes that count up from 0. */
  private void checkPayload(byte[] frame, int seq, int payload, int end) {
    byte expected = (byte) (seq - stackIss - 1);
    for (int at = payload; at < end; at++) {
      Oracle.require(frame[at] == expected++, "the stack sends what its user never did");
    }
  }

  /** Where the option of this kind lies in sound options; -1 if there is none. */
  private static int find(byte[] frame, int from, int to, int kind) {
    int at = from;
    while (at + 1 < to) {
      if (frame[at] == kind) {
        return at;
      }
      at += frame[at] <= 1 ? 1 : Math.max(frame[at + 1], 1);
    }
    return -1;
  }
}
