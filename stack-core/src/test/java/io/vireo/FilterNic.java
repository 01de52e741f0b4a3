// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import io.vireo.nic.HostNetwork;
import io.vireo.nic.Nic;
import io.vireo.nic.NicCounter;
import io.vireo.nic.NicFeatures;
import io.vireo.nic.NicStatus;
import io.vireo.nic.ReceivedFrame;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A NIC in front of another one that loses exactly those received frames that a test points at; allocates nothing. */
final class FilterNic implements Nic {
  /** Looks at a received frame; true: it is lost. */
  interface Loss {
    boolean loses(ByteBuffer memory, int offset, int length);
  }

  static final Loss NONE = (memory, offset, length) -> false;

  /** Every frame with IPv4 and TCP in it. */
  static final Loss TCP = (memory, offset, length) -> isTcp(memory, offset, length);

  private final Nic nic;
  private final HostNetwork host;
  private Loss loss = NONE;
  private int held;
  private long awaitedNs = -1;
  private int lost;
  private int awaits;

  FilterNic(Nic nic) {
    this(nic, null);
  }

  FilterNic(Nic nic, HostNetwork host) {
    this.nic = nic;
    this.host = host;
  }

  @Override
  public HostNetwork host() {
    return host;
  }

  void lose(Loss loss) {
    this.loss = loss;
  }

  /** Frames that were lost so far. */
  int lost() {
    return lost;
  }

  /** How often the stack slept. */
  int awaits() {
    return awaits;
  }

  /** Frames received and not released: 0 between polls. */
  int held() {
    return held;
  }

  /** For how long the last await was, or -1. */
  long awaitedNs() {
    return awaitedNs;
  }

  static boolean isTcp(ByteBuffer memory, int offset, int length) {
    return length >= 54 && memory.getShort(offset + 12) == 0x0800 && memory.get(offset + 23) == 6;
  }

  static int payloadLength(ByteBuffer memory, int offset) {
    int total = memory.getShort(offset + 16) & 0xFFFF;
    return total - 20 - ((memory.get(offset + 14 + 20 + 12) & 0xF0) >>> 2);
  }

  static int tcpFlags(ByteBuffer memory, int offset) {
    return memory.get(offset + 14 + 20 + 13) & 0xFF;
  }

  static int sourceAddress(ByteBuffer memory, int offset) {
    return memory.getInt(offset + 14 + 12);
  }

  @Override
  public long receive() {
    long frame = nic.receive();
    while (frame != EMPTY
        && loss.loses(
            nic.receiveMemory(), ReceivedFrame.offset(frame), ReceivedFrame.length(frame))) {
      lost++;
      nic.release();
      frame = nic.receive();
    }
    if (frame != EMPTY) {
      held++;
    }
    return frame;
  }

  @Override
  public void release() {
    held--;
    nic.release();
  }

  @Override
  public ByteBuffer receiveMemory() {
    return nic.receiveMemory();
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
    awaitedNs = maxWaitNs;
    awaits++;
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
