// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import io.vireo.nic.Nic;
import io.vireo.nic.lab.FaultyNic;
import io.vireo.nic.linux.InPrivateNetwork;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** 256 MiB each way between Vireo and the kernel's TCP, over a sound TAP and over one that loses one frame in a hundred both ways. */
@InPrivateNetwork
@Tag("long")
class LargeTransfersIT {
  private static final long BYTES = 256L << 20;
  private static final double LOSS = 0.01;

  /** What is sent is lost by the fault injector, what is received in front of it: the kernel's loss to recover from. */
  static Nic lossy(Nic nic) {
    SplittableRandom random = new SplittableRandom(77);
    SpoiltNic.Spoiler received = (memory, offset, length) -> random.nextDouble() >= LOSS;
    return new FaultyNic(SpoiltNic.wrap(nic, received, SpoiltNic.NOTHING), System::nanoTime, 78)
        .loss(LOSS);
  }

  // SY-01
  @Test
  void downloadArrivesByteForByte() throws Exception {
    try (TapServer server = new TapServer(new HttpServer())) {
      assertEquals(KernelTransfer.hashOfPattern(BYTES), KernelTransfer.download(BYTES));
      server.awaitEndOfConnections();
    }
  }

  // SY-01
  @Test
  void uploadArrivesByteForByte() throws Exception {
    try (TapServer server = new TapServer(new HttpServer())) {
      assertEquals(KernelTransfer.hashOfPattern(BYTES), KernelTransfer.upload(BYTES));
      server.awaitEndOfConnections();
    }
  }

  // SY-01, GND-22
  @Test
  void downloadArrivesByteForByteInSpiteOfLoss() throws Exception {
    try (TapServer server = new TapServer(new HttpServer(), LargeTransfersIT::lossy)) {
      assertEquals(KernelTransfer.hashOfPattern(BYTES), KernelTransfer.download(BYTES));
      server.awaitEndOfConnections();
      long lost = (long) (LOSS * BYTES / 1_460);
      long retransmitted = server.stack.counter(Counter.SEGMENTS_RETRANSMITTED);
      assertTrue(retransmitted > lost / 2, () -> retransmitted + " segments retransmitted");
    }
  }

  // SY-01, GND-22
  @Test
  void uploadArrivesByteForByteInSpiteOfLoss() throws Exception {
    try (TapServer server = new TapServer(new HttpServer(), LargeTransfersIT::lossy)) {
      assertEquals(KernelTransfer.hashOfPattern(BYTES), KernelTransfer.upload(BYTES));
      server.awaitEndOfConnections();
      long kept = server.stack.counter(Counter.TCP_OUT_OF_ORDER);
      assertTrue(kept > 1_000, () -> kept + " segments out of order");
    }
  }
}
