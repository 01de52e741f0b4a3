// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp.congestion;

/** A sender whose window is always full, on a path of one round trip time: what loss recovery would tell congestion control. */
final class Driver {
  static final int MSS = 1_000;
  static final long MS = 1_000_000L;

  final CongestionControl control;
  final AckSample ack = new AckSample();
  long nowNs;
  long rttNs = 100 * MS;
  private long minRttNs = Long.MAX_VALUE;
  private int sndUna;

  Driver(CongestionControl control, long startNs) {
    this.control = control;
    nowNs = startNs;
    control.onEstablished(MSS, 10 * MSS, nowNs);
  }

  Driver(CongestionControl control) {
    this(control, 0);
  }

  int segments() {
    return control.windowBytes() / MSS;
  }

  /** An ACK of the whole of what is under way. */
  private AckSample sample(int bytes, boolean windowLimited) {
    ack.clear();
    ack.ackedBytes = bytes;
    ack.deliveredBytes = bytes;
    ack.priorFlight = windowLimited ? control.windowBytes() : 0;
    ack.flight = Math.max(ack.priorFlight - bytes, 0);
    ack.rttNs = rttNs;
    ack.srttNs = rttNs;
    minRttNs = Math.min(minRttNs, rttNs);
    ack.minRttNs = minRttNs;
    ack.windowLimited = windowLimited;
    sndUna += bytes;
    ack.sndUna = sndUna;
    ack.sndNxt = sndUna + control.windowBytes();
    return ack;
  }

  void acks(int bytes) {
    control.onAck(sample(bytes, true), nowNs);
  }

  /** Less than the window is under way: the application is the bound. */
  void acksUnlimited(int bytes) {
    control.onAck(sample(bytes, false), nowNs);
  }

  void acksRecovering(int bytes) {
    AckSample recovering = sample(bytes, true);
    recovering.recovering = true;
    control.onAck(recovering, nowNs);
  }

  /** A window's worth of ACKs, of so many bytes each, spread over a round trip. */
  void round(int bytesPerAck) {
    int count = control.windowBytes() / bytesPerAck;
    long startNs = nowNs;
    for (int i = 1; i <= count; i++) {
      nowNs = startNs + rttNs * i / count;
      acks(bytesPerAck);
    }
  }

  void rounds(int count) {
    for (int i = 0; i < count; i++) {
      round(MSS);
    }
  }

  /** Doubles until so much is under way. */
  void slowStartTo(int segments) {
    while (segments() < segments) {
      acks(Math.min(MSS, segments * MSS - control.windowBytes()));
    }
  }

  /** With all of the window under way, over at once. */
  void fastRecovery() {
    control.onLossDetected(control.windowBytes(), nowNs);
    control.onRecovered(nowNs);
  }
}
