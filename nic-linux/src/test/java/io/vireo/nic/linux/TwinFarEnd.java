// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import io.vireo.nic.FarEnd;
import io.vireo.nic.NicTwin;
import java.nio.ByteBuffer;

/** The far end of a twin's NIC: the twin itself. */
public final class TwinFarEnd implements FarEnd {
  private static final int LARGEST_FRAME = 16 << 10;

  private final NicTwin twin;
  private final Runnable onClose;
  private final ByteBuffer memory = ByteBuffer.allocateDirect(LARGEST_FRAME);

  public TwinFarEnd(NicTwin twin, Runnable onClose) {
    this.twin = twin;
    this.onClose = onClose;
  }

  @Override
  public void inject(byte[] frame) {
    if (!tryInject(frame)) {
      throw new AssertionError("the NIC has no room");
    }
  }

  /** False: the NIC has no room. */
  public boolean tryInject(byte[] frame) {
    memory.put(1, frame);
    return twin.deliver(memory, 1, frame.length);
  }

  @Override
  public byte[] collect() {
    int length = twin.take(memory, 1);
    byte[] frame = new byte[length];
    memory.get(1, frame);
    return length == 0 ? null : frame;
  }

  @Override
  public void settle() {}

  @Override
  public void close() {
    twin.close();
    onClose.run();
  }
}
