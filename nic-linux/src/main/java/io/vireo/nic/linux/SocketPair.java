// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Two sockets in this process (unix(7)): what is sent at one end comes out at the other, message by message. For those who play the kernel to code that makes system calls. Neither end blocks. */
public final class SocketPair implements AutoCloseable {
  private static final int NONE = -1;

  /** One of the sockets, which the pair closes unless somebody has taken it. */
  public static final class End {
    private int descriptor;

    private End(int descriptor) {
      this.descriptor = descriptor;
    }

    /** The descriptor, which is the caller's from now on. */
    public int take() {
      int taken = descriptor;
      descriptor = NONE;
      return taken;
    }
  }

  private final End near;
  private final End far;

  /** {@code purpose}: for the message, should there be no descriptors left. */
  public SocketPair(String purpose) throws IOException {
    ByteBuffer descriptors = LibC.structure(2 * Integer.BYTES);
    int type = LibC.SOCK_SEQPACKET | LibC.SOCK_NONBLOCK | LibC.SOCK_CLOEXEC;
    if (LibC.functions().socketpair(LibC.AF_UNIX, type, 0, LibC.addressOf(descriptors)) < 0) {
      throw new IOException("no sockets for " + purpose + " (" + Errno.name(LibC.errno())
          + "): raise the limit of open files (ulimit -n)");
    }
    near = new End(descriptors.getInt(0));
    far = new End(descriptors.getInt(Integer.BYTES));
  }

  /** For the code that makes the calls. */
  public End near() {
    return near;
  }

  /** For who plays the kernel. */
  public End far() {
    return far;
  }

  /** Closes the ends that nobody has taken. */
  @Override
  public void close() {
    for (End end : new End[] {near, far}) {
      int left = end.take();
      if (left != NONE) {
        LibC.functions().close(left);
      }
    }
  }
}
