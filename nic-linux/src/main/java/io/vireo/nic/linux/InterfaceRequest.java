// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The C structure ifreq: the name of an interface and one value, asked or set by ioctl. */
public final class InterfaceRequest {
  public static final long TUNSETIFF = 0x4004_54CAL;
  public static final long TUNGETIFF = 0x8004_54D2L;
  public static final long SIOCGIFFLAGS = 0x8913;
  public static final long SIOCSIFFLAGS = 0x8914;
  public static final long SIOCSIFADDR = 0x8916;
  public static final long SIOCSIFNETMASK = 0x891C;
  public static final long SIOCGIFMTU = 0x8921;
  public static final long SIOCSIFMTU = 0x8922;
  public static final long SIOCGIFHWADDR = 0x8927;
  public static final long SIOCGIFINDEX = 0x8933;

  public static final int IFF_UP = 0x1;
  public static final int IFF_RUNNING = 0x40;

  private static final int NAME_BYTES = 16; // with the 0 at its end
  private static final int VALUE_OFFSET = 16;
  private static final int BYTES = 40;

  private final ByteBuffer memory = LibC.structure(BYTES);
  private final long address = LibC.addressOf(memory);

  /** Throws IllegalArgumentException if the kernel would not take the name. */
  public InterfaceRequest(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    boolean length = bytes.length >= 1 && bytes.length < NAME_BYTES;
    boolean characters = name.chars().noneMatch(c -> c <= ' ' || c == '/' || c == ':' || c == '%');
    if (!length || !characters || name.equals(".") || name.equals("..")) {
      throw new IllegalArgumentException("interface name \"" + name
          + "\": a name has 1 to 15 bytes, and no space, slash, colon or per cent sign among them");
    }
    memory.put(0, bytes);
  }

  /** Does the ioctl. Returns 0, or errno. */
  public int call(int fd, long request) {
    return LibC.functions().ioctl(fd, request, address) < 0 ? LibC.errno() : 0;
  }

  public int flags() {
    return memory.getShort(VALUE_OFFSET) & 0xFFFF;
  }

  public InterfaceRequest flags(int flags) {
    memory.putShort(VALUE_OFFSET, (short) flags);
    return this;
  }

  public int mtu() {
    return memory.getInt(VALUE_OFFSET);
  }

  public int index() {
    return memory.getInt(VALUE_OFFSET);
  }

  public InterfaceRequest mtu(int mtu) {
    memory.putInt(VALUE_OFFSET, mtu);
    return this;
  }

  /** From a sockaddr: the six bytes behind its family, first octet highest. */
  public long macAddress() {
    long mac = 0;
    for (int i = 0; i < 6; i++) {
      mac = mac << 8 | (memory.get(VALUE_OFFSET + 2 + i) & 0xFF);
    }
    return mac;
  }

  /** As a sockaddr_in: family, port 0, address in network order. */
  public InterfaceRequest ipv4Address(int ipv4Address) {
    memory.putShort(VALUE_OFFSET, (short) LibC.AF_INET);
    memory.putShort(VALUE_OFFSET + 2, (short) 0);
    for (int i = 0; i < 4; i++) {
      memory.put(VALUE_OFFSET + 4 + i, (byte) (ipv4Address >>> (24 - 8 * i)));
    }
    return this;
  }
}
