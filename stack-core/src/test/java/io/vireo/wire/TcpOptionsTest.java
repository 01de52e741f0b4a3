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
        memory.put(i, (byte) (random.nextInt(4) == 0 ? random.nextInt(256) : random.nextInt(6)));
      }
      options.parse(memory, 0, length);
      assertModel(memory, length, "seed " + SEED + " round " + round);
    }
  }

  /** RFC 9293 section 3.2 by the letter: cut into options first, then looked through. */
  private void assertModel(ByteBuffer memory, int length, String run) {
    int mss = 0;
    int windowScale = -1;
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
      at += optionLength;
    }
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
}
