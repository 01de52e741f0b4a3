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
  private final TcpFrame frame = new TcpFrame();
  private final Map<Long, Flow> flows = new HashMap<>();
  private final String[] last = new String[LAST];
  private long frames;
  private long segments;
  private boolean silent;

  WireObserver(Trace trace) {
    this.trace = trace;
  }

  void onFrame(Host host, ByteBuffer memory, int offset, int length) {
    trace.add(host.elapsedNs(), host.number(), length);
    for (int i = 0; i + Long.BYTES <= length; i += Long.BYTES) {
      trace.add(memory.getLong(offset + i));
    }
    try {
      boolean tcp = frame.read(memory, offset, length, host.nic.largestPacket());
      if (tcp) {
        remember(host);
        segments++;
        flow(host).onSegment(frame, memory);
      }
      Violation.unless(!silent, "a frame after everything had ended");
    } catch (Violation violation) {
      throw new Violation(
          violation.getMessage() + ", in a frame of host " + host.number() + ": " + frame);
    }
    frames++;
  }

  private Flow flow(Host host) {
    long there = (long) frame.sourcePort << 16 | frame.destinationPort;
    long back = (long) frame.destinationPort << 16 | frame.sourcePort;
    long key = there << 1 | host.number();
    Flow flow = flows.get(key);
    if (flow == null) {
      flow = new Flow(host.largestReceiveBuffer());
      Flow opposite = new Flow(host.peer().largestReceiveBuffer());
      flow.back = opposite;
      opposite.back = flow;
      flows.put(key, flow);
      flows.put(back << 1 | (1 - host.number()), opposite);
    }
    return flow;
  }

  private void remember(Host host) {
    last[(int) (segments % LAST)] =
        host.elapsedNs() / 1_000 + " us, host " + host.number() + ": " + frame;
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
      String line = last[(int) ((segments + i) % LAST)];
      if (line != null) {
        text.append("\n  ").append(line);
      }
    }
    return text.toString();
  }
}
