// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.tap;

import io.vireo.nic.Nic;
import io.vireo.nic.NicTwin;
import io.vireo.nic.linux.LibC;
import io.vireo.nic.linux.SocketPair;
import io.vireo.nic.linux.WakeableWait;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A TAP queue on one of two connected sockets that keep messages apart, as a TAP does frames: reading, writing and waiting are the same system calls. */
final class TapTwin implements NicTwin {
  private final Nic nic;
  private final int socket;
  private boolean closed;

  private TapTwin(Nic nic, int socket) {
    this.nic = nic;
    this.socket = socket;
  }

  static NicTwin of(TapDevice device) throws IOException {
    TapDevice twin = null;
    WakeableWait wait = null;
    try (SocketPair pair = new SocketPair("the twin of TAP device " + device.name())) {
      wait = new WakeableWait(device.name());
      twin = device.twin(pair.near());
      return new TapTwin(new TapQueue(twin, wait), pair.far().take());
    } catch (IOException | RuntimeException | Error e) {
      if (wait != null) {
        wait.close();
      }
      if (twin != null) {
        twin.close();
      }
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
