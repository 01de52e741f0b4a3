// SPDX-License-Identifier: Apache-2.0
package io.vireo.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class InternetChecksumTest {
  private static final long SEED = 1071;

  private static ByteBuffer direct(byte[] bytes) {
    return ByteBuffer.allocateDirect(bytes.length).put(0, bytes);
  }

  private static byte[] random(SplittableRandom random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  @Test
  void agreesWithTheNaiveSumAtEveryOffsetAndLength() {
    byte[] bytes = random(new SplittableRandom(SEED), 160);
    InternetChecksum checksum = new InternetChecksum(direct(bytes));
    for (int offset = 0; offset <= 16; offset++) {
      for (int length = 0; offset + length <= bytes.length; length++) {
        assertEquals(
            NaiveChecksum.of(bytes, offset, length),
            InternetChecksum.fold(checksum.sum(offset, length)),
            "offset " + offset + " length " + length + " seed " + SEED);
      }
    }
  }

  @Test
  void agreesWithTheNaiveSumForLongPieces() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int round = 0; round < 300; round++) {
      int length = random.nextInt(1, 66_000);
      byte[] bytes = random(random, length);
      if (random.nextBoolean()) {
        Arrays.fill(bytes, (byte) 0xFF);
      }
      assertEquals(
          NaiveChecksum.of(bytes, 0, length),
          InternetChecksum.fold(new InternetChecksum(direct(bytes)).sum(0, length)),
          "seed " + SEED + " round " + round);
    }
  }

  @Test
  void readsNothingBehindThePiece() {
    for (int length = 0; length < 64; length++) {
      InternetChecksum checksum = new InternetChecksum(ByteBuffer.allocateDirect(length));
      assertEquals(0, checksum.sum(0, length));
      int beyond = length + 1;
      assertThrows(IndexOutOfBoundsException.class, () -> checksum.sum(0, beyond));
    }
  }

  @Test
  void leavesTheMemoryItIsBoundToAlone() {
    ByteBuffer memory = ByteBuffer.allocateDirect(32);
    memory.position(3).limit(5);
    assertEquals(0, new InternetChecksum(memory).sum(0, 32), "the whole memory is within reach");
    assertEquals(ByteOrder.BIG_ENDIAN, memory.order());
    assertEquals(3, memory.position());
  }

  @Test
  void partialSumsOfEvenPiecesAdd() {
    byte[] bytes = random(new SplittableRandom(SEED), 101);
    InternetChecksum checksum = new InternetChecksum(direct(bytes));
    long inPieces = checksum.sum(0, 20) + checksum.sum(20, 40) + checksum.sum(60, 41);
    assertEquals(InternetChecksum.fold(checksum.sum(0, 101)), InternetChecksum.fold(inPieces));
  }

  @Test
  void aPseudoHeaderSumsLikeItsBytes() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int round = 0; round < 10_000; round++) {
      byte[] pseudoHeader = random(random, 12);
      pseudoHeader[8] = 0;
      ByteBuffer fields = ByteBuffer.wrap(pseudoHeader);
      long sum = InternetChecksum.pseudoHeaderSum(
          fields.getInt(0), fields.getInt(4), pseudoHeader[9] & 0xFF);
      sum += InternetChecksum.lengthSum(fields.getShort(10) & 0xFFFF);
      assertEquals(
          NaiveChecksum.of(pseudoHeader, 0, 12),
          InternetChecksum.fold(sum),
          "seed " + SEED + " round " + round);
    }
  }

  // MUST-2, MUST-3
  @Test
  void whatItStoresVerifiesAndEverySingleBitFlipDoesNot() {
    byte[] bytes = random(new SplittableRandom(SEED), 57);
    bytes[10] = 0;
    bytes[11] = 0;
    ByteBuffer memory = direct(bytes);
    InternetChecksum checksum = new InternetChecksum(memory);
    memory.putShort(10, (short) InternetChecksum.fold(checksum.sum(0, 57)));
    assertTrue(InternetChecksum.verifies(checksum.sum(0, 57)));
    for (int bit = 0; bit < 57 * 8; bit++) {
      byte before = memory.get(bit / 8);
      memory.put(bit / 8, (byte) (before ^ 1 << bit % 8));
      assertFalse(InternetChecksum.verifies(checksum.sum(0, 57)), "bit " + bit);
      memory.put(bit / 8, before);
    }
  }

  // IP4-07: where the true checksum is 0, the field may say 0x0000 or 0xffff.
  @Test
  void bothEncodingsOfZeroVerify() {
    ByteBuffer memory = ByteBuffer.allocateDirect(4).putShort(0, (short) 0xFFFF);
    InternetChecksum checksum = new InternetChecksum(memory);
    assertEquals(0, InternetChecksum.fold(checksum.sum(0, 4)));
    assertTrue(InternetChecksum.verifies(checksum.sum(0, 4)));
    memory.putShort(2, (short) 0xFFFF);
    assertTrue(InternetChecksum.verifies(checksum.sum(0, 4)));
  }

  @Test
  void nothingButZerosDoesNotVerify() {
    assertFalse(InternetChecksum.verifies(0));
  }

  @Test
  void theExampleOfRfc1071ComesOut() {
    byte[] bytes = {
      0x00, 0x01, (byte) 0xf2, 0x03, (byte) 0xf4, (byte) 0xf5, (byte) 0xf6, (byte) 0xf7
    };
    assertEquals(
        ~0xddf2 & 0xFFFF, InternetChecksum.fold(new InternetChecksum(direct(bytes)).sum(0, 8)));
  }
}
