// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/** Sees every frame as a stack hands it to its NIC, before any fault; checks it, and adds it to the trace. */
final class WireObserver {
  /** How many of the last frames a failure shows. */
  private static final int LAST = Integer.getInteger("vireo.simulation.frames", 24);

  private final Trace trace;
  private final Capture capture;
  private TcpFrame frame = new TcpFrame();
  private final Map<Long, Flow> flows = new HashMap<>();
  private final TcpFrame[] last = new TcpFrame[LAST];
  private long frames;
  private long segments;
  private boolean silent;

  WireObserver(Trace trace, Capture capture) {
    this.trace = trace;
    this.capture = capture;
  }

  void onFrame(Host host, ByteBuffer memory, int offset, int length) {
    if (capture != null) {
      capture.add(host.elapsedNs(), memory, offset, length);
    }
    trace.add(host.elapsedNs(), host.number(), length);
    for (int i = 0; i + Long.BYTES <= length; i += Long.BYTES) {
      trace.add(memory.getLong(offset + i));
    }
    try {
      boolean tcp = frame.read(memory, offset, length, host.nic.largestPacket());
      frame.atNs = host.elapsedNs();
      frame.host = host.number();
      frame.localNs = host.localNs();
      if (tcp) {
        Violation.unless(frame.sourceAddress == host.address(), "a source that is not its own");
        flow(host).onSegment(frame, memory);
        TcpFrame oldest = last[(int) (segments % LAST)];
        last[(int) (segments % LAST)] = frame;
        segments++;
        frame = oldest == null ? new TcpFrame() : oldest;
      }
      Violation.unless(!silent, "a frame after everything had ended");
    } catch (Violation violation) {
      throw new Violation(
          violation.getMessage() + ", in a frame of host " + host.number() + ": " + frame);
    }
    frames++;
  }

  private Flow flow(Host host) {
    Host peer = host.world.host(frame.destinationAddress);
    Violation.unless(peer != null && peer != host, "to nobody");
    return flow(host, peer, frame.sourcePort, frame.destinationPort);
  }

  /** What a side sends. */
  Flow find(Side side) {
    return flow(side.host, side.peer, side.localPort, side.remotePort);
  }

  private Flow flow(Host host, Host peer, int port, int peerPort) {
    long there = (long) port << 16 | peerPort;
    long back = (long) peerPort << 16 | port;
    long key = there << 8 | host.number() << 4 | peer.number();
    Flow flow = flows.get(key);
    if (flow == null) {
      flow = new Flow(host.largestReceiveBuffer());
      Flow opposite = new Flow(peer.largestReceiveBuffer());
      flow.back = opposite;
      opposite.back = flow;
      flows.put(key, flow);
      flows.put(back << 8 | peer.number() << 4 | host.number(), opposite);
    }
    return flow;
  }

  /** A host has taken a segment that nothing had befallen. */
  void onArrival(Host host, ByteBuffer frame) {
    Host peer = host.world.host(frame.getInt(26));
    if (peer != null && peer != host) {
      int there = frame.getShort(36) & 0xFFFF;
      flow(host, peer, there, frame.getShort(34) & 0xFFFF).onArrival(frame, host.turnLocalNs());
    }
  }

  /** A server has one connection more. */
  void onAccepted(Side side) {
    long there = (long) side.localPort << 16 | side.remotePort;
    Flow flow = flows.get(there << 8 | side.host.number() << 4 | side.peer.number());
    if (flow != null) {
      flow.onAccepted(
          side.iss, Stream.of(side.iss, side.host.address(), side.localPort, side.remotePort));
    }
  }

  /** From now on every frame is one too many. */
  void expectSilence() {
    silent = true;
  }

  long frames() {
    return frames;
  }

  long segments() {
    return segments;
  }

  /** The frames seen last. */
  String lastFrames() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < LAST; i++) {
      TcpFrame line = last[(int) ((segments + i) % LAST)];
      if (line != null) {
        text.append("\n  ").append(line.atNs / 1_000).append(" us, host ").append(line.host);
        text.append(": ").append(line);
      }
    }
    return text.toString();
  }
}
