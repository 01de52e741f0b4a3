// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import io.vireo.nic.Nic;
import io.vireo.nic.NicTwin;
import io.vireo.nic.linux.KernelTwin;
import io.vireo.nic.linux.LibC;
import io.vireo.nic.linux.LinuxHost;
import io.vireo.nic.linux.SocketPair;
import io.vireo.nic.linux.WakeableWait;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * An {@link EfviQueue} over the library's own code on plain memory, with a card that is played here, whenever a frame is delivered or taken. In place of the driver's descriptor there is an end
 * of a pair of sockets, readable from an event on until the card plays again and sees that it was taken: so that an await ends by it, as by a frame that comes meanwhile.
 */
final class EfviTwin implements NicTwin {
  private static final int MSG_DONTWAIT = 0x40;
  private static final int NONE = -1;

  private final KernelTwin kernel;
  private final HeapQueue queue;
  private final EfviQueue nic;

  /** The far end of the pair. */
  private int alarm;

  /** Whether the near end is readable. */
  private boolean readable;

  private EfviTwin(KernelTwin kernel, HeapQueue queue, EfviQueue nic, SocketPair.End alarm) {
    this.kernel = kernel;
    this.queue = queue;
    this.nic = nic;
    this.alarm = alarm.take();
  }

  /** {@code filters}: those of the queue. {@code shared}: the twin's addresses are the kernel's. */
  static EfviTwin open(
      String interfaceName, HeapQueue queue, Filters filters, boolean shared, EfviSettings settings)
      throws IOException {
    KernelTwin kernel = new KernelTwin(interfaceName);
    LinuxHost host = null;
    WakeableWait wait = null;
    try (SocketPair pair = new SocketPair("a twin of interface " + interfaceName)) {
      queue.driveBy(pair.near());
      wait = new WakeableWait("a twin of interface " + interfaceName);
      host = shared ? LinuxHost.ofTwin(kernel.view(), filters) : null;
      EfviQueue nic = new EfviQueue(kernel.view(), queue, filters, host, wait, settings);
      return new EfviTwin(kernel, queue, nic, pair.far());
    } catch (IOException | RuntimeException | Error e) {
      if (host != null) {
        host.close();
      }
      if (wait != null) {
        wait.close();
      }
      queue.close();
      kernel.view().close();
      kernel.close();
      throw e;
    }
  }

  @Override
  public Nic nic() {
    return nic;
  }

  @Override
  public boolean deliver(ByteBuffer from, int offset, int length) {
    if (isClosed()) {
      return false;
    }
    run();
    boolean delivered =
        length <= nic.features().largestFrame() && queue.card.deliver(from, offset, length, false);
    if (delivered) {
      wake();
    }
    return delivered;
  }

  @Override
  public int take(ByteBuffer to, int offset) {
    if (isClosed()) {
      return 0;
    }
    run();
    int length = queue.card.take(to, offset);
    if (length > 0) {
      wake();
    }
    return length;
  }

  /** The NIC may have been closed by itself. */
  private boolean isClosed() {
    return queue.driver() < 0;
  }

  private void run() {
    kernel.run();
    if (readable && queue.card.isHeard()) {
      readable = false;
      long unused = LibC.functions().recv(queue.driver(), 0, 0, MSG_DONTWAIT);
    }
  }

  /** There is an event. */
  private void wake() {
    if (!readable) {
      readable = true;
      long unused = LibC.functions().send(alarm, 0, 0, MSG_DONTWAIT);
    }
  }

  @Override
  public void close() {
    nic.close();
    kernel.close();
    if (alarm != NONE) {
      LibC.functions().close(alarm);
      alarm = NONE;
    }
  }
}
