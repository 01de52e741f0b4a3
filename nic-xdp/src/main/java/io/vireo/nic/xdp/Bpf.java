// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.xdp;

import io.vireo.nic.linux.Errno;
import io.vireo.nic.linux.LibC;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The system call bpf(2): maps, programs, and their links to interfaces. What is made here is a descriptor, and goes with it. */
final class Bpf {
  /** A hash table. */
  static final int HASH_MAP = 1;

  /** A map from queue to AF_XDP socket. */
  static final int MAP_OF_SOCKETS = 17;

  /** Before the driver makes packets of frames; not every driver can. */
  static final int IN_DRIVER = 4;

  /** After that, with copies; works on every interface. */
  static final int GENERIC = 2;

  private static final long SYSTEM_CALL =
      System.getProperty("os.arch").equals("aarch64") ? 280 : 321; // else x86-64
  private static final int MAP_CREATE = 0;
  private static final int MAP_UPDATE_ELEMENT = 2;
  private static final int MAP_DELETE_ELEMENT = 3;
  private static final int PROGRAM_LOAD = 5;
  private static final int LINK_CREATE = 28;
  private static final int PROGRAM_TYPE_XDP = 6;
  private static final int ATTACH_XDP = 37;
  private static final int NO_PREALLOCATION = 1;
  private static final int ATTRIBUTE_BYTES = 128;
  private static final int INSTRUCTION_BYTES = 8;
  private static final int LOG_BYTES = 16 << 10;

  private Bpf() {}

  /** A map with int values, of at most {@code entries}. Returns its descriptor. */
  static int createMap(int type, int keyBytes, int entries) throws IOException {
    ByteBuffer attributes = attributes();
    attributes.putInt(0, type).putInt(4, keyBytes).putInt(8, Integer.BYTES);
    attributes.putInt(12, entries).putInt(16, type == HASH_MAP ? NO_PREALLOCATION : 0);
    return check(call(MAP_CREATE, attributes), "make a map");
  }

  /** Puts a value into a map; the key is all of the buffer. */
  static void put(int map, ByteBuffer key, int value) throws IOException {
    ByteBuffer memory = LibC.structure(Integer.BYTES).putInt(0, value);
    ByteBuffer attributes = attributes();
    attributes.putInt(0, map).putLong(8, LibC.addressOf(key)).putLong(16, LibC.addressOf(memory));
    int unused = check(call(MAP_UPDATE_ELEMENT, attributes), "enter a value into a map");
  }

  /** Takes a key out of a map, if it is there. */
  static void remove(int map, ByteBuffer key) {
    ByteBuffer attributes = attributes();
    attributes.putInt(0, map).putLong(8, LibC.addressOf(key));
    int unused = call(MAP_DELETE_ELEMENT, attributes);
  }

  /** Loads a program for XDP. Returns its descriptor. */
  static int load(ByteBuffer instructions) throws IOException {
    ByteBuffer licence = cString("Apache-2.0");
    ByteBuffer log = LibC.structure(LOG_BYTES);
    ByteBuffer attributes = attributes();
    attributes.putInt(0, PROGRAM_TYPE_XDP);
    attributes.putInt(4, instructions.limit() / INSTRUCTION_BYTES);
    attributes.putLong(8, LibC.addressOf(instructions));
    attributes.putLong(16, LibC.addressOf(licence));
    attributes.putInt(24, 1).putInt(28, LOG_BYTES).putLong(32, LibC.addressOf(log));
    int program = call(PROGRAM_LOAD, attributes);
    if (program == -Errno.EINVAL || program == -Errno.EACCES) {
      throw new IOException("the kernel refuses the program for XDP: " + text(log));
    }
    return check(program, "load a program");
  }

  /** Lets an interface run a program, until the descriptor returned is closed. Returns minus errno if that fails. */
  static int attach(int program, int interfaceIndex, int mode) {
    ByteBuffer attributes = attributes();
    attributes
        .putInt(0, program)
        .putInt(4, interfaceIndex)
        .putInt(8, ATTACH_XDP)
        .putInt(12, mode);
    return call(LINK_CREATE, attributes);
  }

  private static ByteBuffer attributes() {
    return LibC.structure(ATTRIBUTE_BYTES);
  }

  /** Returns a descriptor, 0, or minus errno. */
  private static int call(int command, ByteBuffer attributes) {
    long result =
        LibC.functions().syscall(SYSTEM_CALL, command, LibC.addressOf(attributes), ATTRIBUTE_BYTES);
    return result < 0 ? -LibC.errno() : (int) result;
  }

  private static int check(int result, String what) throws IOException {
    if (result < 0) {
      throw new IOException("bpf(2) does not " + what + " (" + Errno.name(-result) + "): "
          + switch (-result) {
            case Errno.EPERM -> "run as root, or with CAP_NET_ADMIN, CAP_NET_RAW and CAP_BPF";
            case Errno.ENOSYS -> "the kernel is built without it (CONFIG_BPF_SYSCALL)";
            case Errno.EMFILE, Errno.ENFILE -> "raise the limit of open files (ulimit -n)";
            case Errno.ENOMEM -> "raise the limit of locked memory (ulimit -l)";
            default -> "see bpf(2)";
          });
    }
    return result;
  }

  private static ByteBuffer cString(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    return LibC.structure(bytes.length + 1).put(0, bytes);
  }

  private static String text(ByteBuffer cString) {
    int length = 0;
    while (length < cString.capacity() && cString.get(length) != 0) {
      length++;
    }
    byte[] bytes = new byte[length];
    cString.get(0, bytes);
    return new String(bytes, StandardCharsets.US_ASCII).strip();
  }
}
