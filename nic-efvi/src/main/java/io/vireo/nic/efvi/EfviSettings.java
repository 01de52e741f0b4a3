// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

/**
 * How a queue of a Solarflare card is opened.
 *
 * @param receiveRing descriptors for frames to receive, 512, 1,024, 2,048 or 4,096; 512 are half a millisecond of 10 Gbit/s, and stay in the cache
 * @param transmitRing descriptors for frames to send, 512, 1,024 or 2,048
 * @param ctpioThreshold bytes of a frame after which a card that can (X2 and later) begins to send it while the rest is still being written to it: 64 to 65,534 is the fastest, but the card
 *     sends a spoilt frame if the CPU is held up meanwhile; {@link #STORE_AND_FORWARD}: after all of them; {@link #NO_CTPIO}: the card fetches every frame itself
 */
public record EfviSettings(int receiveRing, int transmitRing, int ctpioThreshold) {
  /** {@link #ctpioThreshold}: the card fetches frames itself. */
  public static final int NO_CTPIO = 0;

  /** {@link #ctpioThreshold}: a frame is written into the card, and leaves when it is complete. */
  public static final int STORE_AND_FORWARD = 0xFFFF;

  private static final int LEAST_RING = 512;
  private static final int MOST_RECEIVE_RING = 4_096;
  private static final int MOST_TRANSMIT_RING = 2_048;
  private static final int LEAST_THRESHOLD = 64;

  private static final EfviSettings DEFAULTS = new EfviSettings(512, 512, STORE_AND_FORWARD);

  /** Throws IllegalArgumentException for what no card has. */
  public EfviSettings {
    checkRing("receiveRing", receiveRing, MOST_RECEIVE_RING);
    checkRing("transmitRing", transmitRing, MOST_TRANSMIT_RING);
    boolean off = ctpioThreshold == NO_CTPIO;
    if (!off && (ctpioThreshold < LEAST_THRESHOLD || ctpioThreshold > STORE_AND_FORWARD)) {
      throw new IllegalArgumentException("ctpioThreshold is " + ctpioThreshold + ": 0, or "
          + LEAST_THRESHOLD + " to " + STORE_AND_FORWARD + " bytes");
    }
  }

  private static void checkRing(String name, int entries, int most) {
    if (Integer.bitCount(entries) != 1 || entries < LEAST_RING || entries > most) {
      throw new IllegalArgumentException(
          name + " is " + entries + ": a power of two from " + LEAST_RING + " to " + most);
    }
  }

  /** 512 descriptors each way; CTPIO, store and forward, where the card has it. */
  public static EfviSettings defaults() {
    return DEFAULTS;
  }

  /** These, with another {@link #receiveRing}. */
  public EfviSettings withReceiveRing(int entries) {
    return new EfviSettings(entries, transmitRing, ctpioThreshold);
  }

  /** These, with another {@link #transmitRing}. */
  public EfviSettings withTransmitRing(int entries) {
    return new EfviSettings(receiveRing, entries, ctpioThreshold);
  }

  /** These, with another {@link #ctpioThreshold}. */
  public EfviSettings withCtpioThreshold(int bytes) {
    return new EfviSettings(receiveRing, transmitRing, bytes);
  }
}
