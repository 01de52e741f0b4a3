// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.Nic;
import io.vireo.testing.NeedsProgram;
import io.vireo.time.ManualClock;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordingNicTest {
  private static final long EPOCH_NS = 1_790_000_000_123_456_789L;

  private final ManualClock clock = new ManualClock(EPOCH_NS);
  private final MemoryWire wire = new MemoryWire(clock, 0);
  private final ByteArrayOutputStream file = new ByteArrayOutputStream();

  @Test
  void theHeadersNameUsTheLinkTypeTheMacAddressAndNanoseconds() throws IOException {
    try (RecordingNic nic = new RecordingNic(wire.left(), clock, file)) {
      assertEquals("""
          0A0D0D0A 0000002C 1A2B3C4D 00010000 FFFFFFFF FFFFFFFF 00040005 56697265 6F000000 \
          00000000 0000002C 00000001 0000002C 00010000 00000000 00060006 02000000 00010000 \
          00090001 09000000 00000000 0000002C""", words(file));
      assertEquals(0, nic.recorded());
    }
  }

  @Test
  void aFrameIsABlockWithTimeLengthsBytesAndDirection() throws IOException {
    try (Nic nic = new RecordingNic(wire.left(), clock, file)) {
      file.reset();
      int offset = nic.claim(15);
      nic.transmitMemory().putLong(offset, 0x0102030405060708L);
      nic.transmitMemory().putLong(offset + 7, 0x08090A0B0C0D0E0FL);
      nic.transmit(offset, 15, 0, 0);
    }
    assertEquals("""
        00000006 0000003C 00000000 18D75B84 2B4ECD15 0000000F 0000000F 01020304 05060708 \
        090A0B0C 0D0E0F00 00020004 00000002 00000000 0000003C""", words(file));
  }

  @Test
  void bothDirectionsAreRecordedAndPassOn() throws IOException {
    RecordingNic nic = new RecordingNic(wire.left(), clock, file);
    Frames.send(nic, 1);
    Frames.send(wire.right(), 2);
    assertEquals(List.of(1), Frames.receiveAll(wire.right()));
    assertEquals(List.of(2), Frames.receiveAll(nic));
    assertEquals(2, nic.recorded());
    assertNull(nic.recordingFailure());
    nic.close();
  }

  @Test
  void whatWasCollectedIsWrittenWhenTheStackHasTimeOnDemandAndAtTheEnd() throws IOException {
    RecordingNic nic = new RecordingNic(wire.left(), clock, file);
    int size = file.size();
    Frames.send(nic, 1);
    assertEquals(size, file.size());
    nic.await(0);
    assertEquals(size + 104, file.size());
    Frames.send(nic, 2);
    nic.flush();
    assertEquals(size + 208, file.size());
    Frames.send(nic, 3);
    nic.close();
    nic.close();
    assertEquals(size + 312, file.size());
  }

  @Test
  void moreThanTheBufferHoldsIsWrittenInOrder() throws IOException {
    RecordingNic nic = new RecordingNic(wire.left(), clock, file);
    int size = file.size();
    for (int number = 0; number < 10_000; number++) {
      Frames.send(nic, number);
      Frames.receiveAll(wire.right());
    }
    nic.close();
    ByteBuffer blocks = ByteBuffer.wrap(file.toByteArray(), size, 104 * 10_000).slice();
    for (int number = 0; number < 10_000; number++) {
      assertEquals(number, blocks.getInt(104 * number + 28 + 20));
    }
  }

  @Test
  void whenWritingFailsRecordingStopsWithOneReportAndTrafficGoesOn() throws IOException {
    FullDisk disk = new FullDisk();
    RecordingNic nic = new RecordingNic(wire.left(), clock, disk);
    disk.isFull = true;
    for (int number = 0; number < 10_000; number++) {
      Frames.send(nic, number);
      assertEquals(List.of(number), Frames.receiveAll(wire.right()));
    }
    String report = nic.recordingFailure().getMessage();
    assertTrue(report.startsWith("recording to a stream stopped"), report);
    assertTrue(report.endsWith("No space left on device"), report);
    nic.close();
    nic.close();
    assertEquals(report, nic.recordingFailure().getMessage());
    assertEquals(1, disk.refusals);
    assertEquals(1, disk.closings);
  }

  @Test
  void aFileThatCannotBeMadeIsNamed(@TempDir Path directory) {
    Path file = directory.resolve("missing").resolve("trace.pcapng");
    IOException error = assertThrows(IOException.class, () -> new RecordingNic(wire.left(), file));
    assertEquals("cannot record into " + file + ": there is no such directory", error.getMessage());
    FullDisk disk = new FullDisk();
    disk.isFull = true;
    assertThrows(IOException.class, () -> new RecordingNic(wire.left(), clock, disk));
    assertEquals(1, disk.closings);
  }

  @Test
  void timestampsOfAFileAreThoseOfTheDay(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("trace.pcapng");
    long before = System.currentTimeMillis() * 1_000_000;
    try (Nic nic = new RecordingNic(wire.left(), file)) {
      Frames.send(nic, 1);
    }
    ByteBuffer blocks = ByteBuffer.wrap(Files.readAllBytes(file));
    long recorded = blocks.getLong(44 + 44 + 12);
    long after = (System.currentTimeMillis() + 1) * 1_000_000;
    assertTrue(before <= recorded && recorded <= after);
  }

  @Test
  @NeedsProgram("tshark")
  void tsharkReadsItWithoutAWarning(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("trace.pcapng");
    try (OutputStream out = Files.newOutputStream(file);
        Nic nic = new RecordingNic(wire.left(), clock, out)) {
      Frames.send(nic, 1);
      clock.advance(1);
      Frames.send(wire.right(), 2);
      Frames.receiveAll(nic);
      for (int length = 14; length <= 1_514; length++) {
        nic.transmit(nic.claim(length), length, 0, 0);
        nic.ring();
        Frames.receiveAll(wire.right());
      }
    }
    Path errors = directory.resolve("errors");
    Process tshark = new ProcessBuilder(
            "tshark",
            "-r",
            file.toString(),
            "-T",
            "fields",
            "-e",
            "frame.time_epoch",
            "-e",
            "frame.len",
            "-e",
            "frame.packet_flags_direction")
        .redirectError(errors.toFile())
        .start();
    List<String> lines = new String(tshark.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
        .lines()
        .toList();
    assertEquals(0, tshark.waitFor());
    List<String> warnings = Files.readAllLines(errors).stream()
        .filter(line -> !line.startsWith("Running as user \"root\""))
        .toList();
    assertEquals(List.of(), warnings);
    assertEquals(1_503, lines.size());
    assertEquals(List.of("1790000000.123456789", "60", "0x00000002"), fields(lines.get(0)));
    assertEquals(List.of("1790000000.123456790", "60", "0x00000001"), fields(lines.get(1)));
    assertEquals(List.of("1790000000.123456790", "14", "0x00000002"), fields(lines.get(2)));
  }

  private static List<String> fields(String line) {
    return List.of(line.split("\t"));
  }

  private static String words(ByteArrayOutputStream file) {
    ByteBuffer bytes = ByteBuffer.wrap(file.toByteArray());
    StringBuilder words = new StringBuilder();
    while (bytes.hasRemaining()) {
      words.append(words.isEmpty() ? "" : " ").append(String.format("%08X", bytes.getInt()));
    }
    return words.toString();
  }

  /** Takes everything until it is full. */
  private static final class FullDisk extends OutputStream {
    private boolean isFull;
    private int closings;
    private int refusals;

    @Override
    public void write(int octet) throws IOException {
      write(new byte[1], 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (isFull) {
        refusals++;
        throw new IOException("No space left on device");
      }
    }

    @Override
    public void close() {
      closings++;
    }
  }
}
