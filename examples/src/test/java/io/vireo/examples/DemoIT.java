// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.Nic;
import io.vireo.nic.linux.InPrivateNetwork;
import io.vireo.nic.tap.TapHost;
import io.vireo.nic.tap.TapNic;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The demo succeeds when all is well, and sees one wrong byte among tens of millions. */
@InPrivateNetwork
class DemoIT {
  private static final DemoClients.Load FULL =
      new DemoClients.Load(100, 50, 32 << 20, Duration.ofSeconds(60));
  private static final DemoClients.Load SMALL =
      new DemoClients.Load(10, 20, 1 << 20, Duration.ofSeconds(20));

  private final StringWriter out = new StringWriter();

  private int run(UnaryOperator<Nic> wrap, DemoClients.Load load) throws Exception {
    return new Demo(wrap, load, new PrintWriter(out)).run();
  }

  private void assertSeesWrongByte(UnaryOperator<Nic> wrap, ByteFlip flip, String where)
      throws Exception {
    assertEquals(1, run(wrap, SMALL), out::toString);
    assertTrue(flip.done());
    assertTrue(out.toString().contains("errors           1\n    " + where), out::toString);
    assertTrue(out.toString().endsWith("FAILED\n"), out::toString);
  }

  @Test
  void allIsWell() throws Exception {
    assertEquals(0, run(nic -> nic, FULL), out::toString);
    String report = out.toString();
    assertTrue(report.contains("handshakes       102\n"), report);
    assertTrue(report.contains("requests         5,000 in "), report);
    assertTrue(report.contains("; 100 connections ask at once\n"), report);
    assertTrue(report.contains("download         33,554,432 bytes in "), report);
    assertTrue(report.contains("upload           33,554,432 bytes in "), report);
    assertTrue(report.contains("errors           0\n"), report);
    assertTrue(report.endsWith("All as it should be.\n"), report);
    // Nothing is left behind.
    assertEquals(-1, Files.readString(Path.of("/proc/thread-self/net/dev")).indexOf("vireo0"));
  }

  @Test
  void wrongByteInTheDownloadIsSeen() throws Exception {
    ByteFlip flip = new ByteFlip(1_448, 1_448, 500);
    assertSeesWrongByte(
        nic -> SpoiltNic.wrap(nic, SpoiltNic.NOTHING, flip), flip, "the download: SHA-256 ");
  }

  @Test
  void wrongByteInTheUploadIsSeen() throws Exception {
    ByteFlip flip = new ByteFlip(1_448, 1_448, 500);
    assertSeesWrongByte(
        nic -> SpoiltNic.wrap(nic, flip, SpoiltNic.NOTHING), flip, "the upload: expected ");
  }

  @Test
  void wrongByteInASmallAnswerIsSeen() throws Exception {
    ByteFlip flip = new ByteFlip(120, 160, 7);
    assertSeesWrongByte(
        nic -> SpoiltNic.wrap(nic, SpoiltNic.NOTHING, flip), flip, "the requests: ");
  }

  @Test
  void serverThatFallsSilentIsAnErrorWithinTheDeadline() throws Exception {
    int[] frames = new int[1];
    SpoiltNic.Spoiler silence = (memory, offset, length) -> ++frames[0] < 300;
    DemoClients.Load load = new DemoClients.Load(10, 20, 1 << 20, Duration.ofSeconds(2));
    assertEquals(
        1, run(nic -> SpoiltNic.wrap(nic, SpoiltNic.NOTHING, silence), load), out::toString);
    assertTrue(out.toString().endsWith("FAILED\n"), out::toString);
  }

  @Test
  void refusesANetworkThatIsInUse() throws Exception {
    try (Nic nic = TapNic.open("eth0")) {
      TapHost.up("eth0");
      nic.await(0);
      Refusal refusal = assertThrows(Refusal.class, () -> run(wrapped -> wrapped, SMALL));
      assertEquals(
          "this network is not private, it has eth0: start ./vireo demo, which makes one of its own",
          refusal.getMessage());
    }
  }
}
