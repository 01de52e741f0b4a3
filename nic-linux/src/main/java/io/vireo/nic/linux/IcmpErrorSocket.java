// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * ICMP errors about what a stack has sent from an address that it shares with the kernel: they go to the kernel, which gives a copy to this raw socket. Whole IPv4
 * datagrams, of the types destination unreachable, time exceeded and parameter problem, that came over one interface.
 */
public final class IcmpErrorSocket implements AutoCloseable {
  private static final int IPPROTO_ICMP = 1;
  private static final int SOL_SOCKET = 1;
  private static final int SO_BINDTODEVICE = 25;
  private static final int SOL_RAW = 255;
  private static final int ICMP_FILTER = 1;
  private static final int WANTED_TYPES = 1 << 3 | 1 << 11 | 1 << 12;

  /** RFC 1812 §4.3.2.3: no router quotes more than fits into 576 bytes. */
  private static final int LARGEST = 2_048;

  private int socket;
  private final ByteBuffer memory = ByteBuffer.allocateDirect(LARGEST).order(ByteOrder.BIG_ENDIAN);
  private final long address = LibC.addressOf(memory);

  /** Opens the socket for one interface. IOException: without CAP_NET_RAW. */
  public IcmpErrorSocket(String interfaceName) throws IOException {
    this(interfaceName, WANTED_TYPES);
  }

  /** One that never hears of any, for a twin. */
  static IcmpErrorSocket deaf(String interfaceName) throws IOException {
    return new IcmpErrorSocket(interfaceName, 0);
  }

  private IcmpErrorSocket(String interfaceName, int types) throws IOException {
    socket = LibC.functions()
        .socket(LibC.AF_INET, LibC.SOCK_RAW | LibC.SOCK_NONBLOCK | LibC.SOCK_CLOEXEC, IPPROTO_ICMP);
    if (socket < 0) {
      throw new IOException("no raw socket for ICMP errors on interface " + interfaceName + " ("
          + Errno.name(LibC.errno()) + "): run as root, or with CAP_NET_RAW");
    }
    ByteBuffer filter = LibC.structure(Integer.BYTES).putInt(0, ~types);
    byte[] name = interfaceName.getBytes(StandardCharsets.UTF_8);
    ByteBuffer nameMemory = LibC.structure(name.length + 1).put(0, name);
    boolean set = LibC.functions()
                .setsockopt(socket, SOL_RAW, ICMP_FILTER, LibC.addressOf(filter), Integer.BYTES)
            == 0
        && LibC.functions()
                .setsockopt(
                    socket,
                    SOL_SOCKET,
                    SO_BINDTODEVICE,
                    LibC.addressOf(nameMemory),
                    name.length + 1)
            == 0;
    if (!set) {
      int error = LibC.errno();
      close();
      throw new IOException("no ICMP errors of interface " + interfaceName + " ("
          + Errno.name(error) + "): see raw(7) and socket(7)");
    }
  }

  /** Where {@link #receive} puts datagrams: direct, big-endian. */
  public ByteBuffer memory() {
    return memory;
  }

  /** Receives the next datagram to the beginning of memory. Returns its length, cut off behind 2,048 bytes; 0: there is none. */
  public int receive() {
    long bytes = LibC.functions().recv(socket, address, LARGEST, 0);
    return (int) Math.max(bytes, 0);
  }

  /** Nothing is received later: the descriptor may be somebody else's by then. */
  @Override
  public void close() {
    LibC.functions().close(socket);
    socket = -1;
  }
}
