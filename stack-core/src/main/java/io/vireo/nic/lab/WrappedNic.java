// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.lab;

import io.vireo.nic.HostNetwork;
import io.vireo.nic.Nic;
import io.vireo.nic.NicCounter;
import io.vireo.nic.NicFeatures;
import io.vireo.nic.NicStatus;
import io.vireo.nic.NicTwin;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A NIC that passes every call on to another one; subclasses step in where they have something to do. */
abstract class WrappedNic implements Nic {
  final Nic nic;

  WrappedNic(Nic nic) {
    this.nic = nic;
  }

  @Override
  public ByteBuffer receiveMemory() {
    return nic.receiveMemory();
  }

  @Override
  public long receive() {
    return nic.receive();
  }

  @Override
  public void release() {
    nic.release();
  }

  @Override
  public HostNetwork host() {
    return nic.host();
  }

  @Override
  public int receiveSegmentSize() {
    return nic.receiveSegmentSize();
  }

  @Override
  public long receiveTimestampNs() {
    return nic.receiveTimestampNs();
  }

  @Override
  public ByteBuffer transmitMemory() {
    return nic.transmitMemory();
  }

  @Override
  public int claim(int bytes) {
    return nic.claim(bytes);
  }

  @Override
  public void abandon(int offset) {
    nic.abandon(offset);
  }

  @Override
  public void transmit(int offset, int length, int segmentSize, int flags) {
    nic.transmit(offset, length, segmentSize, flags);
  }

  @Override
  public void ring() {
    nic.ring();
  }

  @Override
  public void await(long maxWaitNs) {
    nic.await(maxWaitNs);
  }

  @Override
  public void wakeup() {
    nic.wakeup();
  }

  @Override
  public long nextFrameNs() {
    return nic.nextFrameNs();
  }

  /** Without what this class adds, which would be met in the rehearsal too: whoever measures a program measures it bare. */
  @Override
  public NicTwin openTwin() throws IOException {
    return nic.openTwin();
  }

  @Override
  public NicFeatures features() {
    return nic.features();
  }

  @Override
  public long macAddress() {
    return nic.macAddress();
  }

  @Override
  public int mtu() {
    return nic.mtu();
  }

  @Override
  public NicStatus status() {
    return nic.status();
  }

  @Override
  public IOException failure() {
    return nic.failure();
  }

  @Override
  public long counter(NicCounter counter) {
    return nic.counter(counter);
  }

  @Override
  public void close() {
    nic.close();
  }
}
