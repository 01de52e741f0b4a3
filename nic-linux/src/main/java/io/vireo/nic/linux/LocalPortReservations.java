// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * TCP ports of an address that the kernel shares with us, kept free of the kernel's own sockets: each has a socket of ours bound to it that never listens. The
 * kernel gives them back when the process ends, however it ends.
 *
 * <p>Nothing is ever sent from these sockets, and whatever comes for the ports must be steered past the kernel: it would answer with a RST.
 */
public final class LocalPortReservations implements AutoCloseable {
  /** {@link #reserve}: another socket has the port. */
  public static final int TAKEN = -1;

  /** {@link #reserve}: the address is none of this machine's (any more). */
  public static final int NO_ADDRESS = -2;

  /** {@link #reserve}: the process has no descriptor left (ulimit -n), or no right to the port. */
  public static final int REFUSED = -3;

  private static final int NONE = -1;

  /** Where half of the ports are taken, one is found by so many in all but one of a million cases. */
  private static final int TRIES = 20;

  private static final int ADDRESS_BYTES = 16;
  private static final int PORT = 2;
  private static final int ADDRESS = 4;

  private final ByteBuffer name = LibC.structure(ADDRESS_BYTES + Integer.BYTES);
  private final ByteBuffer networkOrder = name.duplicate().order(ByteOrder.BIG_ENDIAN);
  private final long nameAddress = LibC.addressOf(name);

  /** What is left of a port that is asked of the kernel. */
  private final int portMask;

  /** As it was when a port was drawn first; null: none has been. */
  private LocalPortRange range;

  private int[] sockets = new int[16];
  private int[] addresses = new int[16];

  /** The next entry of the same port, or the next free one; NONE: there is none. */
  private int[] next = new int[16];

  private final int[] firstOfPort = new int[1 << 16];
  private int firstFree = NONE;

  /** Entries that were ever used. */
  private int entries;

  private int count;
  private int error;
  private boolean closed;

  /** None so far. */
  public LocalPortReservations() {
    this(0xFFFF);
  }

  /** Of a twin: in place of every port one is taken from the kernel that nobody asks for, so that none is refused, and nobody is in the way of those whose port it is. */
  static LocalPortReservations ofTwin() {
    return new LocalPortReservations(0);
  }

  private LocalPortReservations(int portMask) {
    this.portMask = portMask;
    Arrays.fill(firstOfPort, NONE);
  }

  /** How many ports are reserved. */
  public int count() {
    return count;
  }

  /**
   * Reserves a port of an address, or with port 0 one of those that the kernel has for the purpose. Returns the port; or TAKEN, NO_ADDRESS or REFUSED, and {@link #lastError}
   * names the error. Some microseconds.
   */
  public int reserve(int address, int port) {
    if (closed) {
      return refuse(Errno.EBADF);
    }
    // The kernel tries one port after the other: of many that are taken, so many in each call.
    if (port == 0 && range == null) {
      range = new LocalPortRange();
    }
    for (int i = 0; port == 0 && i < TRIES; i++) {
      int drawn = range.draw();
      int reserved = holds(address, drawn) ? TAKEN : bind(address, drawn);
      if (reserved != TAKEN) {
        return reserved;
      }
    }
    return bind(address, port);
  }

  private int bind(int address, int port) {
    int socket = LibC.functions()
        .socket(LibC.AF_INET, LibC.SOCK_STREAM | LibC.SOCK_NONBLOCK | LibC.SOCK_CLOEXEC, 0);
    if (socket < 0) {
      return refuse(LibC.errno());
    }
    name.putShort(0, (short) LibC.AF_INET);
    networkOrder.putShort(PORT, (short) (port & portMask)).putInt(ADDRESS, address);
    if (LibC.functions().bind(socket, nameAddress, ADDRESS_BYTES) < 0) {
      error = LibC.errno();
      LibC.functions().close(socket);
      return refuse(error);
    }
    name.putInt(ADDRESS_BYTES, ADDRESS_BYTES);
    int unused = LibC.functions().getsockname(socket, nameAddress, nameAddress + ADDRESS_BYTES);
    int reserved = port != 0 ? port : networkOrder.getShort(PORT) & 0xFFFF;
    add(socket, address, reserved);
    return reserved;
  }

  private int refuse(int error) {
    this.error = error;
    return switch (error) {
      case Errno.EADDRINUSE -> TAKEN;
      case Errno.EADDRNOTAVAIL -> NO_ADDRESS;
      default -> REFUSED;
    };
  }

  /** The name of the error that {@link #reserve} met last. */
  public String lastError() {
    return Errno.name(error);
  }

  /** Whether a port of an address is reserved. */
  public boolean holds(int address, int port) {
    int entry = firstOfPort[port];
    while (entry != NONE && addresses[entry] != address) {
      entry = next[entry];
    }
    return entry != NONE;
  }

  /** An address whose port is reserved; 0: there is none. */
  public int addressOf(int port) {
    return firstOfPort[port] == NONE ? 0 : addresses[firstOfPort[port]];
  }

  /** Gives a port of an address back. */
  public void release(int address, int port) {
    int before = NONE;
    int entry = firstOfPort[port];
    while (entry != NONE && addresses[entry] != address) {
      before = entry;
      entry = next[entry];
    }
    if (entry == NONE) {
      return;
    }
    if (before == NONE) {
      firstOfPort[port] = next[entry];
    } else {
      next[before] = next[entry];
    }
    LibC.functions().close(sockets[entry]);
    sockets[entry] = NONE;
    next[entry] = firstFree;
    firstFree = entry;
    count--;
  }

  private void add(int socket, int address, int port) {
    int entry = firstFree;
    if (entry == NONE) {
      entry = entries++;
      if (entry == sockets.length) {
        sockets = Arrays.copyOf(sockets, 2 * entry);
        addresses = Arrays.copyOf(addresses, 2 * entry);
        next = Arrays.copyOf(next, 2 * entry);
      }
    } else {
      firstFree = next[entry];
    }
    sockets[entry] = socket;
    addresses[entry] = address;
    next[entry] = firstOfPort[port];
    firstOfPort[port] = entry;
    count++;
  }

  @Override
  public void close() {
    closed = true;
    for (int entry = 0; entry < entries; entry++) {
      if (sockets[entry] != NONE) {
        LibC.functions().close(sockets[entry]);
        sockets[entry] = NONE;
      }
    }
    Arrays.fill(firstOfPort, NONE);
    firstFree = NONE;
    entries = 0;
    count = 0;
  }
}
