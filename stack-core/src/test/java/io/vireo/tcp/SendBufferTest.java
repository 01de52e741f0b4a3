// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.memory.BufferArena;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The send buffer against an array that grows. */
class SendBufferTest {
  private static final class Model {
    byte[] bytes = new byte[0];

    /** What the owner of the open claim has written to it; null: none is open. */
    byte[] claim;

    void append(ByteBuffer source, int offset, int count) {
      int old = bytes.length;
      bytes = Arrays.copyOf(bytes, old + count);
      source.get(offset, bytes, old, count);
    }

    void commit(int count) {
      int old = bytes.length;
      bytes = Arrays.copyOf(bytes, old + count);
      System.arraycopy(claim, 0, bytes, old, count);
      claim = null;
    }

    void release(int count) {
      bytes = Arrays.copyOfRange(bytes, count, bytes.length);
    }
  }

  private static ByteBuffer randomSource(SplittableRandom random) {
    byte[] bytes = new byte[1 + random.nextInt(1 << random.nextInt(1, 18))];
    random.nextBytes(bytes);
    return random.nextBoolean()
        ? ByteBuffer.wrap(bytes)
        : ByteBuffer.allocateDirect(bytes.length).put(0, bytes);
  }

  @Test
  void holdsWhatWasAppendedUntilItIsReleased() {
    Seeded.forSeeds(300, random -> {
      int limit = random.nextInt(4_096, 200_000);
      BufferArena arena = new BufferArena(random.nextBoolean() ? 1 << 22 : 128 << 10);
      SendBuffer buffer = new SendBuffer(arena, limit);
      Model model = new Model();
      for (int step = 0; step < 300; step++) {
        step(random, arena, buffer, model, limit);
        assertEquals(model.bytes.length, buffer.length());
        assertTrue(buffer.length() <= limit);
        int most = Math.max(buffer.limitBytes() - buffer.length(), 0);
        assertTrue(buffer.free() >= 0 && buffer.free() <= most);
        assertEquals(model.bytes.length == 0 && model.claim == null, buffer.isIdle());
      }
      buffer.clear();
      assertEquals(0, arena.usedBytes());
    });
  }

  private static void step(
      SplittableRandom random, BufferArena arena, SendBuffer buffer, Model model, int limit) {
    if (random.nextInt(10) == 0) {
      int window = 1 + random.nextInt(1 << random.nextInt(1, 19));
      buffer.onWindow(window);
      long wanted = Math.max(64 << 10, 2L * window);
      assertEquals(Math.min(wanted, limit), buffer.limitBytes());
    }
    switch (random.nextInt(8)) {
      case 0, 1 -> {
        if (model.claim == null) {
          ByteBuffer source = randomSource(random);
          int offset = random.nextInt(source.limit() + 1);
          int count = random.nextInt(source.limit() - offset + 1);
          int free = buffer.free();
          int taken = buffer.append(source, offset, count);
          assertEquals(Math.min(count, free), taken, "as much as free() said");
          model.append(source, offset, taken);
        }
      }
      case 2, 3 -> {
        int count = random.nextInt(model.bytes.length + 1);
        buffer.release(count);
        model.release(count);
      }
      case 4 -> compare(random, buffer, model);
      case 5, 6 -> {
        if (model.claim == null) {
          claim(random, arena, buffer, model, limit);
        } else {
          commit(random, arena, buffer, model);
        }
      }
      default -> {
        if (random.nextInt(20) == 0) {
          buffer.clear();
          model.bytes = new byte[0];
          model.claim = null;
        } else if (random.nextInt(20) == 0) {
          buffer.drop();
          model.bytes = new byte[0];
        }
      }
    }
    if (model.bytes.length == 0 && model.claim == null) {
      assertEquals(0, arena.usedBytes(), "an empty buffer holds no memory");
    }
    if (model.claim != null) {
      checkClaim(arena, buffer, model);
    }
    long largest = Math.max(2_048, Integer.highestOneBit(limit - 1) << 1);
    assertTrue(arena.usedBytes() <= largest, "no more memory than the limit");
  }

  /** All or nothing, as canClaim said; whoever has the claim writes to all of it. */
  private static void claim(
      SplittableRandom random, BufferArena arena, SendBuffer buffer, Model model, int limit) {
    int count = 1 + random.nextInt(random.nextInt(3) > 0 ? Math.min(3_000, limit) : limit);
    boolean fits = buffer.canClaim(count);
    int queued = model.bytes.length;
    // A claim may pass the limit of the moment, unless too much is queued before it.
    int room = (2 * queued <= buffer.limitBytes() ? limit : buffer.limitBytes()) - queued;
    boolean plenty = arena.capacityBytes() >= 1 << 22;
    if (plenty && count <= room && queued <= count) {
      assertTrue(fits, "what is no less than what is queued, and within the limit");
    }
    assertEquals(fits ? count : 0, buffer.freeToTell(count));
    int offset = buffer.claim(count);
    assertEquals(fits, offset != SendBuffer.REFUSED, "as canClaim() said");
    if (!fits) {
      assertTrue(count > room || !plenty || queued > 0, "refused by an empty buffer");
      return;
    }
    assertTrue(count <= room, "more than the limit");
    model.claim = new byte[count];
    random.nextBytes(model.claim);
    arena.memory(buffer.handle()).put(offset, model.claim);
    assertEquals(0, buffer.freeToTell(0), "nobody is told of room behind an open claim");
    compareAll(buffer, model);
  }

  /** The memory of an open claim stays where it is and as it is, whatever becomes of the bytes in front of it. */
  private static void checkClaim(BufferArena arena, SendBuffer buffer, Model model) {
    assertEquals(model.claim.length, buffer.claimed());
    byte[] there = new byte[model.claim.length];
    arena.memory(buffer.handle()).get(buffer.claimOffset(), there);
    assertArrayEquals(model.claim, there, "what was written into the claim");
    int from = BufferArena.offset(buffer.handle());
    int to = from + BufferArena.capacity(buffer.handle());
    assertTrue(buffer.claimOffset() >= from && buffer.claimOffset() + there.length <= to);
  }

  private static void commit(
      SplittableRandom random, BufferArena arena, SendBuffer buffer, Model model) {
    int claimed = model.claim.length;
    checkClaim(arena, buffer, model);
    int count = switch (random.nextInt(3)) {
      case 0 -> 0;
      case 1 -> claimed;
      default -> random.nextInt(claimed + 1);
    };
    buffer.commit(count);
    model.commit(count);
    assertEquals(0, buffer.claimed());
    compareAll(buffer, model);
  }

  private static void compareAll(SendBuffer buffer, Model model) {
    byte[] there = new byte[model.bytes.length];
    if (there.length > 0) {
      buffer.copyTo(ByteBuffer.wrap(there), 0, 0, there.length);
    }
    assertArrayEquals(model.bytes, there, "what is queued");
  }

  private static void compare(SplittableRandom random, SendBuffer buffer, Model model) {
    int from = random.nextInt(model.bytes.length + 1);
    int count = random.nextInt(model.bytes.length - from + 1);
    if (count == 0) {
      return;
    }
    ByteBuffer target = ByteBuffer.allocateDirect(count + 7);
    buffer.copyTo(target, 7, from, count);
    for (int i = 0; i < count; i++) {
      if (model.bytes[from + i] != target.get(7 + i)) {
        throw new AssertionError("byte " + i + " of " + count + " from " + from);
      }
    }
  }

  private static ByteBuffer zeros(int count) {
    return ByteBuffer.allocate(count);
  }

  /** The longest claim that the settings allow fits into an empty buffer, wherever the bytes before stood. */
  @Test
  void anEmptyBufferTakesTheLongestClaim() {
    for (int limit : new int[] {4_096, 5_000, 65_536, 100_000}) {
      BufferArena arena = new BufferArena(1 << 20);
      SendBuffer buffer = new SendBuffer(arena, limit);
      for (int before : new int[] {1, 1_000, 4_000, limit}) {
        buffer.release(buffer.append(zeros(before), 0, before));
        assertTrue(buffer.claim(limit) != SendBuffer.REFUSED, limit + " after " + before);
        assertEquals(0, buffer.free());
        buffer.commit(0);
        assertEquals(0, arena.usedBytes());
      }
    }
  }

  /** A claim that does not fit in front of the end of the ring begins a new lap; bytes go on behind it, in order. */
  @Test
  void aClaimEndsTheLapEarly() {
    BufferArena arena = new BufferArena(1 << 20);
    SendBuffer buffer = new SendBuffer(arena, 4_096);
    buffer.append(zeros(4_000), 0, 4_000);
    buffer.release(3_000);
    assertEquals(SendBuffer.REFUSED, buffer.claim(3_097), "more than the limit leaves");
    int begin = BufferArena.offset(buffer.handle());
    assertEquals(begin, buffer.claim(500));
    assertEquals(4_096 - 1_000 - 96 - 500, buffer.free(), "96 bytes are of no use in this lap");
    buffer.commit(400);
    assertEquals(2_600, buffer.append(zeros(9_000), 0, 9_000));
    buffer.release(1_000);
    assertEquals(96 + 1_000, buffer.free(), "all is of use again");
  }

  /** Given up, a claim leaves the ring as it was. */
  @Test
  void aClaimGivenUpCostsNoRoom() {
    BufferArena arena = new BufferArena(1 << 20);
    SendBuffer buffer = new SendBuffer(arena, 4_096);
    buffer.append(zeros(4_000), 0, 4_000);
    buffer.release(3_000);
    int free = buffer.free();
    buffer.claim(500);
    buffer.commit(0);
    assertEquals(free, buffer.free());
    assertEquals(free, buffer.append(zeros(9_000), 0, 9_000));
  }

  /** Free bytes that do not lie together are put together if no more must be moved than is claimed; else the claim waits. */
  @Test
  void scatteredRoomIsPutTogetherForALargeClaimOnly() {
    BufferArena arena = new BufferArena(1 << 20);
    SendBuffer buffer = new SendBuffer(arena, 4_096);
    buffer.append(zeros(3_000), 0, 3_000);
    buffer.release(2_000);
    // 1,000 bytes in the middle, 1,096 behind, 2,000 before.
    assertTrue(buffer.claim(2_500) != SendBuffer.REFUSED);
    buffer.commit(0);
    buffer.clear();
    buffer.append(zeros(3_500), 0, 3_500);
    buffer.release(500);
    assertEquals(1_096, buffer.free());
    assertEquals(SendBuffer.REFUSED, buffer.claim(700));
    assertEquals(0, buffer.freeToTell(700));
    buffer.release(199);
    assertEquals(0, buffer.freeToTell(700));
    buffer.release(1);
    assertEquals(700, buffer.freeToTell(700));
    assertTrue(buffer.claim(700) != SendBuffer.REFUSED);
    assertEquals(4_096, arena.usedBytes());
    buffer.clear();
    assertEquals(0, arena.usedBytes());
  }

  /** Memory comes and goes: a claim is refused while it is short, and told of when it would fit. */
  @Test
  void aClaimWaitsForMemory() {
    BufferArena arena = new BufferArena(64 << 10);
    SendBuffer buffer = new SendBuffer(arena, 32 << 10);
    long others = arena.take(32 << 10, 0);
    assertEquals(SendBuffer.REFUSED, buffer.claim(20_000));
    assertTrue(buffer.isIdle());
    assertEquals(0, buffer.freeToTell(20_000));
    arena.give(others);
    assertEquals(20_000, buffer.freeToTell(20_000));
    assertTrue(buffer.claim(20_000) != SendBuffer.REFUSED);
    buffer.clear();
    assertEquals(0, arena.usedBytes());
  }

  /** Others take from the same arena: what is free changes, what is queued does not. */
  @Test
  void livesWithOthersInASmallArena() {
    Seeded.forSeeds(100, random -> {
      BufferArena arena = new BufferArena(64 << 10);
      SendBuffer[] buffers = new SendBuffer[5];
      Model[] models = new Model[5];
      int[] limits = new int[5];
      for (int i = 0; i < 5; i++) {
        limits[i] = random.nextInt(4_096, 60_000);
        buffers[i] = new SendBuffer(arena, limits[i]);
        models[i] = new Model();
      }
      for (int step = 0; step < 300; step++) {
        int i = random.nextInt(5);
        if (models[i].claim != null) {
          commit(random, arena, buffers[i], models[i]);
        } else if (random.nextInt(3) == 0) {
          claim(random, arena, buffers[i], models[i], limits[i]);
        } else if (random.nextInt(3) > 0) {
          ByteBuffer source = randomSource(random);
          int free = buffers[i].free();
          int taken = buffers[i].append(source, 0, source.limit());
          assertTrue(taken <= Math.min(free, source.limit()));
          models[i].append(source, 0, taken);
        } else {
          int count = random.nextInt(models[i].bytes.length + 1);
          buffers[i].release(count);
          models[i].release(count);
        }
        compare(random, buffers[i], models[i]);
      }
      for (SendBuffer buffer : buffers) {
        buffer.clear();
      }
      assertEquals(0, arena.usedBytes());
    });
  }

  /** Twice the congestion window, 64 KiB at least, the cap at most. */
  @Test
  void followsTheCongestionWindow() {
    SendBuffer buffer = new SendBuffer(new BufferArena(1 << 24), 1 << 20);
    ByteBuffer bytes = zeros(2 << 20);
    assertEquals(64 << 10, buffer.append(bytes, 0, 2 << 20));
    buffer.onWindow(50_000);
    assertEquals(100_000 - (64 << 10), buffer.append(bytes, 0, 2 << 20));
    buffer.onWindow(1 << 30);
    assertEquals((1 << 20) - 100_000, buffer.append(bytes, 0, 2 << 20));
    buffer.onWindow(2_920);
    assertEquals(1 << 20, buffer.length(), "what is queued remains");
    assertEquals(0, buffer.free());
    assertEquals(0, buffer.append(bytes, 0, 1));
    buffer.onWindow(1 << 20);
    buffer.clear();
    assertEquals(64 << 10, buffer.limitBytes(), "the next connection begins anew");
  }

  /** Whoever was refused when the limit was large is told when half of the present one is free: more may never be. */
  @Test
  void halfOfTheLimitIsRoomEnoughToTellOf() {
    SendBuffer buffer = new SendBuffer(new BufferArena(1 << 24), 1 << 20);
    buffer.onWindow(1 << 19);
    buffer.append(zeros(1 << 20), 0, 1 << 20);
    buffer.onWindow(2_920);
    buffer.release((1 << 20) - (32 << 10) - 1);
    assertEquals((32 << 10) - 1, buffer.freeToTell(0));
    buffer.release(1);
    assertTrue(buffer.freeToTell(0) >= 1 << 19);
  }

  /** With half of the limit free, as long as the buffer ever gets; else within the limit. */
  @Test
  void aClaimMayPassTheLimit() {
    SendBuffer buffer = new SendBuffer(new BufferArena(1 << 24), 1 << 20);
    buffer.append(zeros((32 << 10) + 1), 0, (32 << 10) + 1);
    assertEquals(SendBuffer.REFUSED, buffer.claim(32 << 10));
    assertTrue(buffer.claim((32 << 10) - 1) != SendBuffer.REFUSED);
    buffer.commit(0);
    buffer.release(1);
    assertEquals(SendBuffer.REFUSED, buffer.claim((1 << 20) - (32 << 10) + 1));
    assertTrue(buffer.claim((1 << 20) - (32 << 10)) != SendBuffer.REFUSED);
    assertEquals(0, buffer.free());
  }

  private static final ByteBuffer BYTES = ByteBuffer.allocateDirect(4_096);

  /** A ring of 2,048 bytes that holds [head, head + length), and no memory for another. */
  private static SendBuffer filledRing(BufferArena arena, int head, int length) {
    SendBuffer buffer = new SendBuffer(arena, 60_000);
    buffer.append(BYTES, 0, head);
    int first = Math.min(length, 2_048 - head);
    buffer.append(BYTES, 0, first);
    buffer.release(head);
    buffer.append(BYTES, 0, length - first);
    assertEquals(2_048, arena.usedBytes());
    while (arena.take(1_024, 0) != BufferArena.NONE) {}
    return buffer;
  }

  @Test
  void aClaimMayFillAllThatIsFreeInOnePiece() {
    // Behind the last byte; at the front, where the lap ends early; between the last byte and the
    // first.
    int[][] rings = {{0, 1_000, 1_048}, {1_000, 800, 1_000}, {1_500, 1_000, 1_048}};
    for (int[] ring : rings) {
      SendBuffer buffer = filledRing(new BufferArena(1 << 20), ring[0], ring[1]);
      assertTrue(buffer.canClaim(ring[2]));
      assertEquals(false, buffer.canClaim(ring[2] + 1));
      assertEquals(SendBuffer.REFUSED, buffer.claim(ring[2] + 1));
      assertTrue(buffer.claim(ring[2]) != SendBuffer.REFUSED);
    }
  }

  @Test
  void aClaimMayTakeAllThatTheLimitLeaves() {
    SendBuffer buffer = new SendBuffer(new BufferArena(1 << 20), 5_000);
    buffer.append(BYTES, 0, 1_000);
    assertTrue(buffer.canClaim(4_000));
    assertEquals(false, buffer.canClaim(4_001));
    assertTrue(buffer.claim(4_000) != SendBuffer.REFUSED);
  }

  /** The lap ends early only if the claim does not fit behind the last byte. */
  @Test
  void aClaimThatJustFitsLiesBehindTheLastByte() {
    SendBuffer buffer = filledRing(new BufferArena(1 << 20), 1_000, 500);
    int offset = buffer.claim(548);
    assertEquals(BufferArena.offset(buffer.handle()) + 1_500, offset);
  }

  /** No more is copied than is claimed: then a ring of the same size, put in order, will do. */
  @Test
  void aRingIsPutInOrderForAClaimAsLongAsWhatItHolds() {
    for (int held : new int[] {1_000, 1_001}) {
      BufferArena arena = new BufferArena(1 << 20);
      SendBuffer buffer = new SendBuffer(arena, 60_000);
      buffer.append(BYTES, 0, 500 + held);
      buffer.release(500);
      assertTrue(buffer.claim(1_000) != SendBuffer.REFUSED);
      assertEquals(held == 1_000 ? 2_048 : 4_096, arena.usedBytes());
    }
  }
}
