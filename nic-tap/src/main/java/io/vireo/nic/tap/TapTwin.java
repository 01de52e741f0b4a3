// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.tap;

import io.vireo.nic.Nic;
import io.vireo.nic.NicTwin;
import io.vireo.nic.linux.Errno;
import io.vireo.nic.linux.LibC;
import io.vireo.nic.linux.WakeableWait;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A TAP queue on one of two connected sockets that keep messages apart, as a TAP does frames: reading, writing and waiting are the same system calls. */
final class TapTwin implements NicTwin {
  private static final int SOCK_SEQPACKET = 5;
  private static final int AF_UNIX = 1;

  private final Nic nic;
  private final int socket;
  private boolean closed;

  private TapTwin(Nic nic, int socket) {
    this.nic = nic;
    this.socket = socket;
  }

  static NicTwin of(TapDevice device) throws IOException {
    ByteBuffer pair = LibC.structure(2 * Integer.BYTES);
    int type = SOCK_SEQPACKET | LibC.SOCK_NONBLOCK | LibC.SOCK_CLOEXEC;
    if (LibC.functions().socketpair(AF_UNIX, type, 0, LibC.addressOf(pair)) < 0) {
      throw new IOException("no twin of TAP device " + device.name() + " ("
          + Errno.name(LibC.errno()) + "): raise the limit of open files (ulimit -n)");
    }
    TapDevice twin = null;
    WakeableWait wait = null;
    try {
      wait = new WakeableWait(device.name());
      twin = device.twin(pair.getInt(0));
      return new TapTwin(new TapQueue(twin, wait), pair.getInt(Integer.BYTES));
    } catch (IOException | RuntimeException | Error e) {
      if (wait != null) {
        wait.close();
      }
      if (twin == null) {
        LibC.functions().close(pair.getInt(0));
      } else {
        twin.close();
      }
      LibC.functions().close(pair.getInt(Integer.BYTES));
      throw e;
    }
  }

  @Override
  public Nic nic() {
    return nic;
  }

  @Override
  public boolean deliver(ByteBuffer memory, int offset, int length) {
    return !closed
        && LibC.functions().write(socket, LibC.addressOf(memory) + offset, length) == length;
  }

  @Override
  public int take(ByteBuffer memory, int offset) {
    if (closed) {
      return 0;
    }
    int largest = nic.features().largestFrame();
    long length = LibC.functions().read(socket, LibC.addressOf(memory) + offset, largest);
    return (int) Math.max(length, 0);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      nic.close();
      LibC.functions().close(socket);
    }
  }
}
