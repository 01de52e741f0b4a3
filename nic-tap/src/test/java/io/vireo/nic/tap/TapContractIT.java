// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.tap;

import io.vireo.nic.FarEnd;
import io.vireo.nic.NicContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Queue;

/** What a stack may rely on, with the kernel at the far end. */
@InPrivateNetwork
class TapContractIT extends NicContract {
  @Override
  protected Ends open() throws IOException {
    TestTap tap = new TestTap();
    return new Ends(tap.nic, farEnd(tap.kernel));
  }

  /** Frames are taken from the socket whenever there is occasion: its buffer holds some ninety. */
  private static FarEnd farEnd(KernelSide kernel) {
    Queue<byte[]> arrived = new ArrayDeque<>();
    return new FarEnd() {
      @Override
      public void inject(byte[] frame) {
        drain();
        try {
          kernel.send(frame);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }

      @Override
      public byte[] collect() {
        drain();
        return arrived.poll();
      }

      private void drain() {
        for (byte[] frame = kernel.receive(); frame != null; frame = kernel.receive()) {
          arrived.add(frame);
        }
      }

      @Override
      public void settle() {} // frames arrive while they are sent

      @Override
      public void close() {
        kernel.close();
      }
    };
  }
}
