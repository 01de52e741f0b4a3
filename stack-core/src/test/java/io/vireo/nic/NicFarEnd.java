// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic;

/** A far end that is a NIC, too. */
public final class NicFarEnd implements FarEnd {
  private final Nic nic;
  private final Runnable settle;

  /** Wraps {@code nic}; {@code settle} makes time pass for the frames under way. */
  public NicFarEnd(Nic nic, Runnable settle) {
    this.nic = nic;
    this.settle = settle;
  }

  @Override
  public void inject(byte[] frame) {
    int offset = nic.claim(frame.length);
    if (offset == Nic.FULL) {
      throw new AssertionError("more frames under way than the far end has slots");
    }
    nic.transmitMemory().put(offset, frame);
    nic.transmit(offset, frame.length, 0, 0);
    nic.ring();
  }

  @Override
  public byte[] collect() {
    long received = nic.receive();
    if (received == Nic.EMPTY) {
      return null;
    }
    byte[] frame = new byte[ReceivedFrame.length(received)];
    nic.receiveMemory().get(ReceivedFrame.offset(received), frame);
    nic.release();
    return frame;
  }

  @Override
  public void settle() {
    settle.run();
  }

  @Override
  public void close() {
    nic.close();
  }
}
