// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The owner's sleep on a file descriptor, which other threads may end. A waker makes a system call
 * only if it finds the owner asleep:
 *
 * <pre>
 *             wakeup                         wakeup: write to the eventfd
 *   AWAKE ─────────────► WOKEN ◄──────────────────────── ASLEEP
 *     ▲  └──────────────── │ ──── await: then ppoll ───────► │
 *     └────────────────────┴─── await returns ───────────────┘
 * </pre>
 *
 * A waker that found the owner ASLEEP may write after the owner has gone: that token ends the next
 * sleep early and is taken out then. No wake-up is lost, because the owner becomes ASLEEP only from
 * AWAKE, and whoever wakes it later writes.
 */
public final class WakeableWait {
  private static final int AWAKE = 0;
  private static final int ASLEEP = 1;
  private static final int WOKEN = 2;

  // struct pollfd[2] for the device and the eventfd, struct timespec, the token 1, and the token
  // read back
  private static final int EVENTFD_ENTRY = 8;
  private static final int EVENTS = 4;
  private static final int RETURNED_EVENTS = 6;
  private static final int TIMEOUT = 16;
  private static final int TOKEN = 32;
  private static final int TOKEN_READ = 40;
  private static final long NS_PER_SECOND = 1_000_000_000L;

  private final ByteBuffer memory = LibC.structure(48);
  private final long address = LibC.addressOf(memory);
  private final int eventFd;
  private final InterruptHook interruptHook = new InterruptHook(this::wakeup);
  private final Object closing = new Object();
  private boolean closed; // guarded by closing
  private final AtomicInteger state = new AtomicInteger(AWAKE);

  public WakeableWait(String deviceName) throws IOException {
    eventFd = LibC.functions().eventfd(0, LibC.EFD_NONBLOCK | LibC.EFD_CLOEXEC);
    if (eventFd < 0) {
      throw new IOException("no eventfd to wait for " + deviceName + " (" + Errno.name(LibC.errno())
          + "): raise the limit of open files (ulimit -n)");
    }
    memory.putInt(EVENTFD_ENTRY, eventFd);
    memory.putShort(EVENTFD_ENTRY + EVENTS, (short) LibC.POLLIN);
    memory.putLong(TOKEN, 1);
  }

  /**
   * Sleeps until one of the events is there, a wake-up, an interrupt or {@code maxWaitNs}. Returns
   * the descriptor's events, or 0. A negative descriptor has none.
   */
  public int await(int fd, int events, long maxWaitNs) {
    int returned = 0;
    interruptHook.arm();
    if (maxWaitNs > 0 && state.compareAndSet(AWAKE, ASLEEP)) {
      returned = sleep(fd, events, maxWaitNs);
    }
    interruptHook.disarm();
    // Not a plain write: what a waker did before it called must be seen by whoever it woke.
    state.getAndSet(AWAKE);
    return returned;
  }

  private int sleep(int fd, int events, long maxWaitNs) {
    memory.putInt(0, fd);
    memory.putShort(EVENTS, (short) events);
    memory.putLong(TIMEOUT, maxWaitNs / NS_PER_SECOND);
    memory.putLong(TIMEOUT + Long.BYTES, maxWaitNs % NS_PER_SECOND);
    if (LibC.functions().ppoll(address, 2, address + TIMEOUT, 0) <= 0) {
      return 0;
    }
    if (memory.getShort(EVENTFD_ENTRY + RETURNED_EVENTS) != 0) {
      long unused = LibC.functions().read(eventFd, address + TOKEN_READ, Long.BYTES);
    }
    return memory.getShort(RETURNED_EVENTS);
  }

  /** Ends the present await, or else the next one. Any thread. */
  public void wakeup() {
    if (state.getAndSet(WOKEN) == ASLEEP) {
      synchronized (closing) { // the descriptor may be somebody else's after close
        if (!closed) {
          long unused = LibC.functions().write(eventFd, address + TOKEN, Long.BYTES);
        }
      }
    }
  }

  /** For tests: whether the eventfd holds a wake-up. */
  public boolean hasToken() {
    memory.putInt(EVENTFD_ENTRY, eventFd);
    memory.putLong(TIMEOUT, 0).putLong(TIMEOUT + Long.BYTES, 0);
    return LibC.functions().ppoll(address + EVENTFD_ENTRY, 1, address + TIMEOUT, 0) > 0;
  }

  public void close() {
    synchronized (closing) {
      if (!closed) {
        closed = true;
        LibC.functions().close(eventFd);
      }
    }
  }
}
