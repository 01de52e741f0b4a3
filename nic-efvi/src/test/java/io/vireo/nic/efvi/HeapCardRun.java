// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import io.vireo.nic.Nic;
import io.vireo.nic.NicCounter;
import io.vireo.nic.NicTwin;
import io.vireo.nic.ReceivedFrame;
import io.vireo.nic.efvi.ciul.CheckedCard;
import io.vireo.nic.efvi.ciul.HeapCard;
import io.vireo.nic.efvi.ciul.Libciul;
import io.vireo.nic.efvi.ciul.ViLayout;
import io.vireo.nic.linux.KernelInterface;
import io.vireo.nic.linux.PrivateNetwork;
import io.vireo.nic.linux.TwinFarEnd;
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
  private static final long MAC = 0x02_00_00_00_00_01L;
  private static final int JUMBO_MTU = 9_000;
  private static final long HOUR_NS = 3_600_000_000_000L;

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
        run.twins(false, frames / 4);
        run.twins(true, frames / 4);
        run.noDriver();
      });
      network.execute("ip", "link", "set", "card0", "mtu", String.valueOf(JUMBO_MTU));
      network.run(() -> new HeapCardRun().chains());
    }
  }

  /** What a test has of one queue. */
  private final class Line implements AutoCloseable {
    final HeapQueue queue;
    final CheckedCard card;
    final Nic nic;

    Line(int prefixBytes, boolean ctpio) throws Exception {
      queue = new HeapQueue(new HeapCard(library, layout, 512, 512, prefixBytes, ctpio), MAC, 0);
      card = new CheckedCard(queue.card);
      nic = new EfviQueue(
          KernelInterface.open("card0"),
          queue,
          null,
          null,
          new WakeableWait("card0"),
          EfviSettings.defaults());
    }

    void send(byte[] frame) {
      HeapCardRun.send(nic, frame);
    }

    byte[] receive() {
      return HeapCardRun.receive(nic);
    }

    @Override
    public void close() {
      nic.close();
    }
  }

  private static void send(Nic nic, byte[] frame) {
    int slot = nic.claim(frame.length);
    check(slot != Nic.FULL, "no slot");
    nic.transmitMemory().put(slot, frame);
    nic.transmit(slot, frame.length, 0, 0);
  }

  private static byte[] receive(Nic nic) {
    long frame = nic.receive();
    if (frame == Nic.EMPTY) {
      return null;
    }
    byte[] bytes = new byte[ReceivedFrame.length(frame)];
    nic.receiveMemory().get(ReceivedFrame.offset(frame), bytes);
    nic.release();
    return bytes;
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
        check(line.card.deliver(frame, false), "no buffer for frame " + i);
        byte[] received = line.receive();
        check(Arrays.equals(frame, received), "frame " + i + " was received otherwise");
        line.send(received);
        line.nic.ring();
        check(Arrays.equals(frame, line.card.take()), "frame " + i + " left otherwise");
      }
      long byCtpio = line.card.ctpioFrames;
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
        for (int i = 0; i < slots; i++) {
          check(line.card.take() != null, "frame " + i + " of round " + round + " is missing");
        }
      }
      byte[] frame = frame(1_000);
      int delivered = 0;
      while (line.card.deliver(frame, false)) {
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
        check(line.card.deliver(frame, i % 2 == 0), "no buffer for frame " + i);
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
        line.card.refusedCtpio = i % 3 == 0 ? 1 : 0;
        byte[] frame = frame(60 + i);
        line.send(frame);
        line.nic.ring();
        check(Arrays.equals(frame, line.card.take()), "frame " + i + " left otherwise");
      }
      check(line.card.dmaFrames == 334, line.card.dmaFrames + " fallbacks");
      System.out.println("passed refused CTPIO");
    }
  }

  /** By bursts, which a twin's card takes in one piece; and an await in between. */
  private void twins(boolean ctpio, int frames) throws Exception {
    try (Line line = new Line(14, ctpio);
        NicTwin twin = line.nic.openTwin()) {
      check(twin.nic().features().equals(line.nic.features()), "a twin is another one");
      TwinFarEnd far = new TwinFarEnd(twin, () -> {});
      byte[][] burst = new byte[64][];
      for (int done = 0; done < frames; ) {
        int size = 1 + random.nextInt(burst.length);
        for (int i = 0; i < size; i++) {
          burst[i] = frame(60 + random.nextInt(1_455));
          far.inject(burst[i]);
        }
        twin.nic().await(HOUR_NS);
        for (int i = 0; i < size; i++) {
          byte[] received = receive(twin.nic());
          check(Arrays.equals(burst[i], received), "frame " + (done + i) + " of a twin");
          send(twin.nic(), received);
        }
        twin.nic().ring();
        for (int i = 0; i < size; i++) {
          check(Arrays.equals(burst[i], far.collect()), "frame " + (done + i) + " to a twin");
        }
        check(receive(twin.nic()) == null && far.collect() == null, "a frame too many");
        done += size;
      }
      long before = System.nanoTime();
      twin.nic().await(2_000_000);
      check(System.nanoTime() - before >= 2_000_000, "nothing ended an await");
      System.out.println("passed a twin, " + (ctpio ? "CTPIO" : "DMA"));
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
          check(line.card.deliver(frame, false), "no buffers for " + length);
          byte[] received = line.receive();
          check(Arrays.equals(frame, received), length + " bytes were received otherwise");
          line.send(frame);
          line.nic.ring();
          check(Arrays.equals(frame, line.card.take()), length + " bytes left otherwise");
        }
        // Damaged in their last part: none of it is handed on, and nothing of the next is lost.
        check(line.card.deliver(frame(5_000), true), "no buffers");
        byte[] good = frame(6_000);
        check(line.card.deliver(good, false), "no buffers");
        check(Arrays.equals(good, line.receive()), "a frame behind a damaged one");
        check(line.receive() == null, "a frame too many");
      }
    }
    System.out.println("passed chains");
  }
}
