// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi.ciul;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** A {@link HeapCard} by arrays, which looks at what CTPIO wrote into it: of one frame at a time, since the next one is written over it. */
public final class CheckedCard {
  private static final int LARGEST_FRAME = 16 << 10;
  private static final int FRAME_OFFSET = 4;
  private static final int LENGTH_MASK = 0xFFF;

  private final HeapCard card;
  private final ByteBuffer memory = ByteBuffer.allocateDirect(LARGEST_FRAME);

  /** CTPIO takes no frame for so many. */
  public int refusedCtpio;

  /** How many frames left by CTPIO. */
  public long ctpioFrames;

  /** How many frames were read by the card. */
  public long dmaFrames;

  public CheckedCard(HeapCard card) {
    this.card = card;
  }

  /** A frame arrives. False: the card has not the buffers for it. */
  public boolean deliver(byte[] frame, boolean checksumBad) {
    memory.put(0, frame);
    return card.deliver(memory, 0, frame.length, checksumBad);
  }

  /** The next frame leaves; null: there is none. */
  public byte[] take() {
    byte[] written = written();
    int length = card.take(memory, 0);
    if (length == 0) {
      return null;
    }
    byte[] frame = new byte[length];
    memory.get(0, frame);
    if (written == null) {
      dmaFrames++;
    } else {
      ctpioFrames++;
      if (!Arrays.equals(frame, written)) {
        throw new AssertionError("CTPIO wrote another frame than its fallback is");
      }
    }
    return frame;
  }

  /** What CTPIO wrote; null: nothing, or it is refused. */
  private byte[] written() {
    ByteBuffer aperture = card.heap.aperture;
    if (aperture.getInt(0) == 0) {
      return null;
    }
    if (refusedCtpio-- > 0) {
      aperture.putInt(0, 0);
      return null;
    }
    byte[] frame = new byte[aperture.getInt(0) & LENGTH_MASK];
    aperture.get(FRAME_OFFSET, frame);
    return frame;
  }
}
