// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import io.vireo.nic.Nic;
import io.vireo.nic.NicCounter;
import io.vireo.nic.ReceivedFrame;
import io.vireo.nic.efvi.ciul.Libciul;
import io.vireo.nic.efvi.ciul.ViLayout;
import io.vireo.nic.linux.KernelInterface;
import io.vireo.nic.linux.PrivateNetwork;
import io.vireo.nic.linux.WakeableWait;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A program of its own, since a process takes one libciul only: {@link EfviNic} over the datapath of the library that -Dvireo.libciul names, with a card that is played.
 * Prints a line for each part that passed; ends with 1 at the first that did not.
 */
final class HeapCardRun {
  private static final int MTU = 1_500;
  private static final int JUMBO_MTU = 9_000;

  private final Libciul library;
  private final ViLayout layout;
  private final SplittableRandom random = new SplittableRandom(1);

  private HeapCardRun() throws Exception {
    library = Libciul.load("card0");
    layout = ViLayout.of(library);
    System.out.println("library " + library.version() + ": " + layout);
  }

  /** {@code args[0]}: how many frames go back and forth. */
  public static void main(String[] args) throws Exception {
    int frames = Integer.parseInt(args[0]);
    try (PrivateNetwork network = new PrivateNetwork()) {
      network.execute("ip", "link", "add", "card0", "type", "veth", "peer", "name", "far0");
      network.execute("ip", "link", "set", "card0", "mtu", String.valueOf(MTU), "up");
      network.run(() -> {
        HeapCardRun run = new HeapCardRun();
        for (int prefixBytes : new int[] {0, 14}) {
          run.pingPong(prefixBytes, false, frames / 4);
          run.pingPong(prefixBytes, true, frames / 4);
        }
        run.ringFull();
        run.badChecksums();
        run.refusedCtpio();
        run.noDriver();
      });
      network.execute("ip", "link", "set", "card0", "mtu", String.valueOf(JUMBO_MTU));
      network.run(() -> new HeapCardRun().chains());
    }
  }

  /** What a test has of one queue. */
  private final class Line implements AutoCloseable {
    final HeapQueue queue;
    final Nic nic;

    Line(int prefixBytes, boolean ctpio) throws Exception {
      queue = new HeapQueue(library, layout, prefixBytes, ctpio);
      nic = new EfviQueue(
          KernelInterface.open("card0"),
          queue,
          null,
          null,
          new WakeableWait("card0"),
          EfviSettings.defaults());
    }

    void send(byte[] frame) {
      int slot = nic.claim(frame.length);
      check(slot != Nic.FULL, "no slot");
      nic.transmitMemory().put(slot, frame);
      nic.transmit(slot, frame.length, 0, 0);
    }

    byte[] receive() {
      long frame = nic.receive();
      if (frame == Nic.EMPTY) {
        return null;
      }
      byte[] bytes = new byte[ReceivedFrame.length(frame)];
      nic.receiveMemory().get(ReceivedFrame.offset(frame), bytes);
      nic.release();
      return bytes;
    }

    @Override
    public void close() {
      nic.close();
    }
  }

  private byte[] frame(int length) {
    byte[] frame = new byte[length];
    ByteBuffer.wrap(frame).putLong(random.nextLong()).putInt(length);
    Arrays.fill(frame, 14, length, (byte) random.nextInt());
    return frame;
  }

  private static void check(boolean holds, String otherwise) {
    if (!holds) {
      System.out.println("FAILED " + otherwise);
      System.exit(1);
    }
  }

  private void pingPong(int prefixBytes, boolean ctpio, int frames) throws Exception {
    try (Line line = new Line(prefixBytes, ctpio)) {
      byte[] frame = frame(60 + random.nextInt(1_455));
      for (int i = 0; i < frames; i++) {
        if (i % 1_000 == 0) {
          frame = frame(60 + random.nextInt(1_455));
        }
        check(line.queue.card.deliver(frame, false), "no buffer for frame " + i);
        byte[] received = line.receive();
        check(Arrays.equals(frame, received), "frame " + i + " was received otherwise");
        line.send(received);
        line.nic.ring();
        line.queue.card.run();
        check(Arrays.equals(frame, line.queue.card.take()), "frame " + i + " left otherwise");
      }
      long byCtpio = line.queue.card.ctpioFrames;
      check(byCtpio == (ctpio ? frames : 0), "CTPIO was used " + byCtpio + " times");
      System.out.println("passed " + frames + " frames back and forth, prefix " + prefixBytes
          + (ctpio ? ", CTPIO" : ", DMA"));
    }
  }

  /** All slots are used before the card does anything; then all come back. */
  private void ringFull() throws Exception {
    try (Line line = new Line(14, false)) {
      for (int round = 0; round < 10; round++) {
        int slots = line.nic.features().transmitSlots();
        for (int i = 0; i < slots; i++) {
          line.send(frame(60));
        }
        check(line.nic.claim(60) == Nic.FULL, "there is one slot more");
        line.nic.ring();
        line.queue.card.run();
        for (int i = 0; i < slots; i++) {
          check(
              line.queue.card.take() != null, "frame " + i + " of round " + round + " is missing");
        }
      }
      byte[] frame = frame(1_000);
      int delivered = 0;
      while (line.queue.card.deliver(frame, false)) {
        delivered++;
      }
      check(delivered >= 496, "only " + delivered + " buffers");
      for (int i = 0; i < delivered; i++) {
        check(Arrays.equals(frame, line.receive()), "frame " + i + " is missing");
      }
      check(line.receive() == null, "a frame too many");
      check(line.queue.card.buffers() >= 496, "buffers did not come back");
      System.out.println("passed full rings");
    }
  }

  private void badChecksums() throws Exception {
    try (Line line = new Line(14, false)) {
      for (int i = 0; i < 2_000; i++) {
        byte[] frame = frame(100);
        check(line.queue.card.deliver(frame, i % 2 == 0), "no buffer for frame " + i);
        byte[] received = line.receive();
        check(i % 2 == 0 ? received == null : Arrays.equals(frame, received), "frame " + i);
      }
      check(line.nic.counter(NicCounter.RECEIVE_BAD_CHECKSUM) == 1_000, "counted otherwise");
      check(line.nic.counter(NicCounter.RECEIVE_DAMAGED) == 1_000, "counted otherwise");
      System.out.println("passed bad checksums");
    }
  }

  private void refusedCtpio() throws Exception {
    try (Line line = new Line(14, true)) {
      for (int i = 0; i < 1_000; i++) {
        line.queue.card.refusedCtpio = i % 3 == 0 ? 1 : 0;
        byte[] frame = frame(60 + i);
        line.send(frame);
        line.nic.ring();
        line.queue.card.run();
        check(Arrays.equals(frame, line.queue.card.take()), "frame " + i + " left otherwise");
      }
      check(line.queue.card.dmaFrames == 334, line.queue.card.dmaFrames + " fallbacks");
      System.out.println("passed refused CTPIO");
    }
  }

  /** There is no driver, and with the double no card: the message says so. */
  private void noDriver() {
    try {
      EfviNic.open("card0").close();
      check(false, "a card that is not there was opened");
    } catch (IOException e) {
      System.out.println("refused " + e.getMessage());
    }
  }

  /** Frames of several buffers, both ways. */
  private void chains() throws Exception {
    for (int prefixBytes : new int[] {0, 14}) {
      try (Line line = new Line(prefixBytes, false)) {
        for (int length = 60; length <= JUMBO_MTU + 14; length += 7) {
          byte[] frame = frame(length);
          check(line.queue.card.deliver(frame, false), "no buffers for " + length);
          byte[] received = line.receive();
          check(Arrays.equals(frame, received), length + " bytes were received otherwise");
          line.send(frame);
          line.nic.ring();
          line.queue.card.run();
          check(Arrays.equals(frame, line.queue.card.take()), length + " bytes left otherwise");
        }
        // Damaged in their last part: none of it is handed on, and nothing of the next is lost.
        check(line.queue.card.deliver(frame(5_000), true), "no buffers");
        byte[] good = frame(6_000);
        check(line.queue.card.deliver(good, false), "no buffers");
        check(Arrays.equals(good, line.receive()), "a frame behind a damaged one");
        check(line.receive() == null, "a frame too many");
      }
    }
    System.out.println("passed chains");
  }
}
