// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedMemoryTest {
  private static final int PAGE = 4_096;

  @BeforeAll
  static void load() throws IOException {
    LibC.load("lo");
  }

  @Test
  void anonymousMemoryIsZeroedAndAligned() throws IOException {
    MappedMemory memory = MappedMemory.anonymous(3 * PAGE);
    ByteBuffer buffer = memory.buffer();
    assertTrue(buffer.isDirect());
    assertTrue(buffer.capacity() >= 3 * PAGE);
    assertEquals(0, memory.address() % (memory.hugePages() ? 2 << 20 : PAGE));
    assertEquals(memory.address(), LibC.addressOf(buffer));
    for (int i = 0; i < buffer.capacity(); i += Long.BYTES) {
      assertEquals(0, buffer.getLong(i));
    }
    buffer.putInt(buffer.capacity() - Integer.BYTES, 0x0102_0304);
    assertEquals(1, buffer.get(buffer.capacity() - Integer.BYTES));
  }

  /** The offset is the last of six arguments, of which jffi 1.4.3 makes garbage if all of them are integers. */
  @Test
  void aFileIsSharedFromItsOffsetOn(@TempDir Path directory) throws IOException {
    byte[] content = new byte[4 * PAGE];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) (i / PAGE);
    }
    Path file = Files.write(directory.resolve("file"), content);
    int fd = LibC.functions().open(file.toString(), LibC.O_RDWR);
    MappedMemory memory = MappedMemory.shared(fd, 2 * PAGE, PAGE);
    LibC.functions().close(fd);
    assertEquals(2, memory.buffer().get(0));
    memory.buffer().put(1, (byte) 77);
    assertEquals(77, Files.readAllBytes(file)[2 * PAGE + 1]);
  }

  @Test
  void whatCannotBeMappedIsRefused() {
    IOException refusal = assertThrows(IOException.class, () -> MappedMemory.shared(-1, 0, PAGE));
    assertEquals("mmap of 4096 bytes at 0 failed (EBADF)", refusal.getMessage());
  }

  @Test
  void memoryNobodyReachesIsGivenBack() throws IOException {
    long before = pages();
    for (int i = 0; i < 256; i++) {
      MappedMemory.anonymous(4 << 20).buffer().put(0, (byte) 1);
      if (i % 16 == 0) {
        System.gc();
      }
    }
    assertTrue((pages() - before) * PAGE < 512L << 20, "of 1 GiB in all");
  }

  /** Of the process's address space. */
  private static long pages() throws IOException {
    return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ", -1)[0]);
  }
}
