// SPDX-License-Identifier: Apache-2.0
package io.vireo.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What the parser decides. Every list lies at the end of its memory. */
final class TcpOptionsTest {
  private static final long SEED = 7323;

  /** Kinds and lengths. */
  private static final int[] LIKELY = {0, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 8, 8, 10, 10, 10, 18};

  private final TcpOptions options = new TcpOptions();

  private void parse(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    parse(bytes);
  }

  private void parse(byte[] bytes) {
    int offset = 2;
    ByteBuffer memory = ByteBuffer.allocateDirect(offset + bytes.length).put(offset, bytes);
    options.parse(memory, offset, bytes.length);
  }

  private void assertParsed(int mss, int windowScale, boolean malformed) {
    assertEquals(mss, options.mss(), "mss");
    assertEquals(windowScale, options.windowScale(), "window scale");
    assertEquals(malformed, options.malformed(), "malformed");
  }

  @Test
  void readsTheOptionsOfALinuxSyn() {
    parse("020405b4 0402 080a 01020304 00000000 01 030307");
    assertParsed(1460, 7, false);
  }

  @Test
  void nothingIsKeptFromTheSegmentBefore() {
    parse("020405b4 01 030307");
    parse("");
    assertParsed(0, -1, false);
    parse("0200");
    parse("");
    assertParsed(0, -1, false);
  }

  // HDR-15
  @Test
  void acceptsNothingButNops() {
    parse("01".repeat(40));
    assertParsed(0, -1, false);
  }

  // HDR-14
  @Test
  void ignoresWhatFollowsTheEnd() {
    parse("020405b4 00 030307 02");
    assertParsed(1460, -1, false);
  }

  // HDR-09 to HDR-12
  @Test
  void keepsWhatItReadBeforeABrokenOption() {
    parse("020405b4 0500");
    assertParsed(1460, -1, true);
    parse("030307 0501");
    assertParsed(0, 7, true);
    parse("030307 0506");
    assertParsed(0, 7, true);
    parse("030307 05");
    assertParsed(0, 7, true);
  }

  // HDR-21
  @Test
  void theFirstOfARepeatedOptionCounts() {
    parse("020405b4 02040218 030307 030301");
    assertParsed(1460, 7, false);
  }

  // HDR-18
  @Test
  void aKnownOptionOfAWrongLengthIsIgnored() {
    parse("0203aa 0205aabbcc 0202 0304aabb 0302");
    assertParsed(0, -1, false);
  }

  // HDR-20
  @Test
  void aWindowScaleOverFourteenIsFourteen() {
    parse("03030e");
    assertParsed(0, 14, false);
    parse("03030f");
    assertParsed(0, 14, false);
    parse("0303ff");
    assertParsed(0, 14, false);
  }

  @Test
  void timestampsAndSackAreRead() {
    parse("0101 080a 01020304 fffefdfc 0101 0512 00000001 00000002 80000000 80000005");
    assertStamp(0x0102_0304, 0xFFFE_FDFC);
    assertEquals(2, options.sackBlocks());
    assertEquals(2 + 16, options.sackOffset());
    assertFalse(options.sackPermitted());
    parse("0402");
    assertTrue(options.sackPermitted());
    assertFalse(options.hasTimestamp());
    assertEquals(0, options.sackBlocks());
  }

  private void assertStamp(int tsVal, int tsEcr) {
    assertTrue(options.hasTimestamp());
    assertEquals(tsVal, options.tsVal());
    assertEquals(tsEcr, options.tsEcr());
  }

  @Test
  void theFirstTimestampAndTheFirstBlocksCount() {
    parse("080a 00000001 00000002 080a 00000003 00000004"); // HDR-21
    assertStamp(1, 2);
    parse("050a 00000001 00000002 0512 00000003 00000004 00000005 00000006");
    assertEquals(1, options.sackBlocks());
    assertEquals(2 + 2, options.sackOffset());
  }

  @Test
  void timestampsAndSackOfAWrongLengthAreIgnored() {
    parse(
        "0808 000000010000 0809 00000001000000 080b 000000010000000200 0403 00"); // HDR-22, HDR-23
    assertFalse(options.hasTimestamp());
    assertFalse(options.sackPermitted());
    parse("0502 0503 00 0509 00000001000000 050b 000000010000000200 0406 00000000");
    assertEquals(0, options.sackBlocks());
    assertFalse(options.sackPermitted());
    assertFalse(options.malformed());
  }

  @Test
  void fourBlocksAreTheMost() {
    parse("0101 0522 " + "00000001 00000002".repeat(4));
    assertEquals(4, options.sackBlocks());
    parse("0522 " + "00000001 00000002".repeat(4) + "0101010101");
    assertEquals(4, options.sackBlocks());
  }

  @Test
  void aTimestampAloneIsOneBetweenTwoNops() {
    String[] others = {
      "0101080a0000000100000002 01010101", "080a00000001000000020101", "0101080b0000000100000002",
      "0102080a0000000100000002", "0101090a0000000100000002", "0101080a00000001000000"
    };
    assertTrue(isTimestampAlone("0101080a0000000100000002"));
    for (String other : others) {
      assertFalse(isTimestampAlone(other), other);
    }
  }

  private static boolean isTimestampAlone(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    ByteBuffer memory = ByteBuffer.allocateDirect(1 + bytes.length).put(1, bytes);
    return TcpOptions.isTimestampAlone(memory, 1, bytes.length);
  }

  @Test
  void extremesOfTheMssAreReportedAsTheyAre() {
    parse("02040000"); // the floor is the connection's
    assertParsed(0, -1, false);
    parse("0204ffff");
    assertParsed(65_535, -1, false);
  }

  /** HDR-09 to HDR-13: all kinds, all lengths, all places, in front of options that are worth reading. */
  @Test
  void everyKindLengthAndOffsetEndsWithoutReadingBeyond() {
    int cases = 0;
    ByteBuffer memory = ByteBuffer.allocateDirect(40);
    for (int offset = 0; offset < 40; offset++) {
      for (int kind = 0; kind < 256; kind++) {
        for (int length = 0; length <= 40; length++) {
          fill(memory, offset, kind, length);
          options.parse(memory, 0, 40);
          assertModel(memory, 40, "kind " + kind + " length " + length + " offset " + offset);
          cases++;
        }
      }
    }
    assertEquals(419_840, cases);
  }

  private static void fill(ByteBuffer memory, int offset, int kind, int length) {
    for (int i = 0; i < 40; i++) {
      memory.put(i, (byte) 1);
    }
    memory.put(offset, (byte) kind);
    if (offset + 1 < 40) {
      memory.put(offset + 1, (byte) length);
    }
    if (length >= 2 && offset + length + 8 <= 40) {
      memory.putInt(offset + length, 0x0204_05b4);
      memory.putInt(offset + length + 4, 0x0103_0307);
    }
  }

  @Test
  void randomListsAreReadAsTheModelReadsThem() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int round = 0; round < 200_000; round++) {
      int length = random.nextInt(41);
      ByteBuffer memory = ByteBuffer.allocateDirect(length);
      for (int i = 0; i < length; i++) {
        boolean any = random.nextInt(8) == 0;
        memory.put(i, (byte) (any ? random.nextInt(256) : LIKELY[random.nextInt(LIKELY.length)]));
      }
      options.parse(memory, 0, length);
      assertModel(memory, length, "seed " + SEED + " round " + round);
    }
  }

  /** RFC 9293 section 3.2 by the letter: cut into options first, then looked through. */
  private void assertModel(ByteBuffer memory, int length, String run) {
    int mss = 0;
    int windowScale = -1;
    boolean sackPermitted = false;
    int timestampAt = -1;
    int sackAt = -1;
    boolean malformed = false;
    int at = 0;
    while (at < length && memory.get(at) != 0) {
      int kind = memory.get(at) & 0xFF;
      int optionLength = 1;
      if (kind != 1) {
        optionLength = at + 1 == length ? -1 : memory.get(at + 1) & 0xFF;
        if (optionLength < 2 || at + optionLength > length) {
          malformed = true;
          break;
        }
      }
      if (kind == 2 && optionLength == 4 && mss == 0) {
        mss = memory.getShort(at + 2) & 0xFFFF;
      }
      if (kind == 3 && optionLength == 3 && windowScale == -1) {
        windowScale = Math.min(14, memory.get(at + 2) & 0xFF);
      }
      sackPermitted |= kind == 4 && optionLength == 2;
      if (kind == 8 && optionLength == 10 && timestampAt < 0) {
        timestampAt = at + 2;
      }
      if (kind == 5 && optionLength > 2 && optionLength % 8 == 2 && sackAt < 0) {
        sackAt = at + 2;
      }
      at += optionLength;
    }
    assertEquals(sackPermitted, options.sackPermitted(), run);
    assertEquals(timestampAt >= 0, options.hasTimestamp(), run);
    if (timestampAt >= 0) {
      assertEquals(memory.getInt(timestampAt), options.tsVal(), run);
      assertEquals(memory.getInt(timestampAt + 4), options.tsEcr(), run);
    }
    assertEquals(sackAt < 0 ? 0 : (memory.get(sackAt - 1) - 2) / 8, options.sackBlocks(), run);
    assertTrue(sackAt < 0 || sackAt == options.sackOffset(), run);
    boolean asExpected = options.mss() == mss
        && options.windowScale() == windowScale
        && options.malformed() == malformed;
    assertTrue(asExpected, run);
  }

  @Test
  void whatIsWrittenIsRead() {
    ByteBuffer memory = ByteBuffer.allocateDirect(8);
    int length = TcpOptions.writeMss(memory, 0, 65_535);
    length += TcpOptions.writeWindowScale(memory, length, 14);
    assertEquals(8, length);
    options.parse(memory, 0, 8);
    assertParsed(65_535, 14, false);
    assertFalse(options.malformed());
  }

  // RFC 7323 appendix A: numbers of four bytes lie at multiples of four
  @Test
  void allOfASynTakeTwentyBytes() {
    ByteBuffer memory = ByteBuffer.allocateDirect(20);
    int length = TcpOptions.writeMss(memory, 0, 1460);
    length += TcpOptions.writeSackPermittedAndTimestamp(memory, length, 0x0102_0304, 0xF000_0000);
    length += TcpOptions.writeWindowScale(memory, length, 7);
    assertEquals(TcpOptions.MOST_SYN_BYTES, length);
    assertWritten("020405b4 0402080a01020304f0000000 01030307", memory);
  }

  @Test
  void sackPermittedAloneHasTwoNops() {
    ByteBuffer memory = ByteBuffer.allocateDirect(4);
    assertEquals(4, TcpOptions.writeSackPermitted(memory, 0));
    assertWritten("01010402", memory);
  }

  @Test
  void aTimestampAndThreeBlocksFillTheHeader() {
    ByteBuffer memory = ByteBuffer.allocateDirect(40);
    int length = TcpOptions.writeTimestamp(memory, 0, 0xFFFF_FFFF, 1);
    assertTrue(TcpOptions.isTimestampAlone(memory, 0, length));
    length += TcpOptions.writeSackHead(memory, length, 3);
    for (int block = 0; block < 3; block++) {
      length += TcpOptions.writeSackBlock(memory, length, 16 * block, 16 * block + 8);
    }
    assertEquals(40, length);
    assertWritten(
        "0101080affffffff00000001 0101051a 00000000000000080000001000000018 0000002000000028",
        memory);
    options.parse(memory, 0, 40);
    assertStamp(-1, 1);
    assertEquals(3, options.sackBlocks());
    assertEquals(16, options.sackOffset());
  }

  private static void assertWritten(String hex, ByteBuffer memory) {
    byte[] bytes = new byte[memory.capacity()];
    memory.get(0, bytes);
    assertEquals(hex.replace(" ", ""), HexFormat.of().formatHex(bytes));
  }
}
