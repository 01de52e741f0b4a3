// SPDX-License-Identifier: Apache-2.0
package io.vireo.memory;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Random commands to an arena. Each taken buffer is filled at both ends and in the middle with a number of its own; when it
 * is given back, the number must be there still.
 */
final class ArenaModel {
  private final long seed;
  private final SplittableRandom random;
  private final BufferArena arena;
  private final long capacityBytes;
  private final int largestBits;
  private final List<Taken> taken = new ArrayList<>();
  private long usedBytes;
  private long refusals;
  private int step;

  private record Taken(long handle, long number) {}

  ArenaModel(long seed, long capacityBytes) {
    this.seed = seed;
    this.random = new SplittableRandom(seed);
    this.capacityBytes = capacityBytes;
    this.arena = new BufferArena(capacityBytes, seed % 2 == 0);
    this.largestBits = 10 + random.nextInt(14);
  }

  void run(int steps) {
    int takes = 1;
    for (step = 0; step < steps; step++) {
      if (step % 100 == 0) {
        takes = random.nextInt(10); // now the arena fills, now it empties
      }
      if (random.nextInt(10) < takes) {
        take();
      } else if (!taken.isEmpty()) {
        give(random.nextInt(taken.size()));
      }
      check();
    }
    while (!taken.isEmpty()) {
      give(taken.size() - 1);
    }
    check();
    expect(arena.freeBytes() == capacityBytes, "not all came back", -1);
  }

  private void take() {
    int bytes = 1 + random.nextInt(1 << random.nextInt(largestBits));
    long keepFree = random.nextInt(3) == 0 ? random.nextLong(capacityBytes) : 0;
    int size = Math.max(1 << 10, Integer.highestOneBit(2 * bytes - 1));
    long handle = arena.take(bytes, keepFree);
    if (handle == BufferArena.NONE) {
      refusals++;
      boolean scattered = arena.residentBytes() > capacityBytes;
      expect(scattered || capacityBytes - usedBytes - size < keepFree, "refused", bytes);
      return;
    }
    expect(BufferArena.capacity(handle) == size, "size", BufferArena.capacity(handle));
    usedBytes += size;
    expect(capacityBytes - usedBytes >= keepFree, "the reserve was touched", -1);
    expect(BufferArena.slab(handle) < arena.slabs(), "slab", -1);
    Taken buffer = new Taken(handle, random.nextLong());
    mark(buffer);
    taken.add(buffer);
  }

  private void give(int index) {
    Taken buffer = taken.set(index, taken.get(taken.size() - 1));
    taken.remove(taken.size() - 1);
    verify(buffer);
    arena.give(buffer.handle);
    usedBytes -= BufferArena.capacity(buffer.handle);
  }

  private void mark(Taken buffer) {
    ByteBuffer memory = arena.memory(buffer.handle);
    int offset = BufferArena.offset(buffer.handle);
    int capacity = BufferArena.capacity(buffer.handle);
    memory.putLong(offset, buffer.number);
    memory.putLong(offset + capacity / 2, buffer.number);
    memory.putLong(offset + capacity - 8, buffer.number);
  }

  private void verify(Taken buffer) {
    ByteBuffer memory = arena.memory(buffer.handle);
    int offset = BufferArena.offset(buffer.handle);
    int capacity = BufferArena.capacity(buffer.handle);
    expect(memory.getLong(offset) == buffer.number, "first bytes overwritten", -1);
    expect(memory.getLong(offset + capacity / 2) == buffer.number, "middle overwritten", -1);
    expect(memory.getLong(offset + capacity - 8) == buffer.number, "last bytes overwritten", -1);
  }

  private void check() {
    expect(arena.usedBytes() == usedBytes, "usedBytes", arena.usedBytes());
    expect(arena.freeBytes() == capacityBytes - usedBytes, "freeBytes", arena.freeBytes());
    expect(arena.refusals() == refusals, "refusals", arena.refusals());
    expect(arena.residentBytes() >= usedBytes, "more used than there is", -1);
  }

  private void expect(boolean condition, String what, long value) {
    if (!condition) {
      throw new AssertionError(
          what + " " + value + ", seed " + seed + ", capacity " + capacityBytes + ", step " + step);
    }
  }
}
