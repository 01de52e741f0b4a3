// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import io.vireo.nic.Nic;
import io.vireo.nic.lab.MemoryWire;
import io.vireo.nic.lab.RecordingNic;
import io.vireo.nic.lab.WireSettings;
import io.vireo.time.ManualClock;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** Writes every frame that any host sends, as its card is given it, into one pcapng file. */
final class Capture implements AutoCloseable {
  private final ManualClock clock = new ManualClock(0);
  private final RecordingNic recorder;
  private final MemoryWire wire;

  Capture(OutputStream out) throws IOException {
    wire = new MemoryWire(clock, WireSettings.defaults().withSlots(8).withMtu(9_000));
    recorder = new RecordingNic(wire.left(), clock, out);
  }

  void add(long elapsedNs, ByteBuffer memory, int offset, int length) {
    clock.advance(Math.max(0, elapsedNs - clock.nanoTime()));
    int slot = recorder.claim(length);
    recorder.transmitMemory().put(slot, memory, offset, length);
    recorder.transmit(slot, length, 0, 0);
    recorder.ring();
    Nic sink = wire.right();
    sink.receive();
    sink.release();
  }

  @Override
  public void close() {
    recorder.close();
  }
}
