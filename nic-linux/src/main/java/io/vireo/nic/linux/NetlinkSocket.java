// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A socket of the kernel's routing tables (rtnetlink(7)): for questions and their answers, or for
 * what the kernel announces. Never blocks: the kernel has answered when the question has been sent.
 */
final class NetlinkSocket implements AutoCloseable {
  private static final int NETLINK_ROUTE = 0;
  private static final int ADDRESS_BYTES = 12;
  private static final int GROUPS_OFFSET = 8;

  /** The kernel writes a dump in pieces of up to 32 KiB, and cuts off what the reader has no room for. */
  private static final int BUFFER_BYTES = 32 << 10;

  private int socket;
  private final ByteBuffer memory = LibC.structure(BUFFER_BYTES);
  private final long address = LibC.addressOf(memory);

  /** {@code groups}: a bit for each kind of announcement wanted; 0: none. */
  NetlinkSocket(int groups) throws IOException {
    socket = LibC.functions()
        .socket(
            LibC.AF_NETLINK, LibC.SOCK_RAW | LibC.SOCK_NONBLOCK | LibC.SOCK_CLOEXEC, NETLINK_ROUTE);
    if (socket < 0) {
      throw new IOException("no socket to ask the kernel for routes and neighbours ("
          + Errno.name(LibC.errno()) + "): raise the limit of open files (ulimit -n)");
    }
    ByteBuffer own = LibC.structure(ADDRESS_BYTES);
    own.putShort(0, (short) LibC.AF_NETLINK).putInt(GROUPS_OFFSET, groups);
    if (LibC.functions().bind(socket, LibC.addressOf(own), ADDRESS_BYTES) < 0) {
      int error = LibC.errno();
      close();
      throw new IOException("the kernel does not announce changes of routes and neighbours ("
          + Errno.name(error) + "): see netlink(7)");
    }
  }

  private NetlinkSocket(SocketPair.End end) {
    socket = end.take();
  }

  /** One end of a pair, at whose other end the kernel is played. */
  static NetlinkSocket over(SocketPair.End end) {
    return new NetlinkSocket(end);
  }

  /** Where messages are written to be sent, and read when they have been received. */
  ByteBuffer memory() {
    return memory;
  }

  /** Sends the first {@code bytes} bytes of memory. Returns 0, or errno. */
  int send(int bytes) {
    return LibC.functions().send(socket, address, bytes, 0) < 0 ? LibC.errno() : 0;
  }

  /** Receives messages into memory. Returns their length, or minus errno: EAGAIN if there are none, ENOBUFS if some were lost. */
  int receive() {
    long bytes = LibC.functions().recv(socket, address, BUFFER_BYTES, 0);
    return bytes < 0 ? -LibC.errno() : (int) bytes;
  }

  /** Calls that come later fail: the descriptor may be somebody else's by then. */
  @Override
  public void close() {
    LibC.functions().close(socket);
    socket = -1;
  }
}
