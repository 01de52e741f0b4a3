// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.tap;

import static io.vireo.nic.tap.KernelSide.frame;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.NicCounter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How the owner of a TAP sleeps, and what ends that. */
@InPrivateNetwork
class TapWaitIT {
  private static final long MS = 1_000_000;
  private static final long LONG_NS = 20_000 * MS;

  private TestTap tap;

  @BeforeEach
  void open() throws Exception {
    tap = new TestTap();
    await(1); // the first one loads classes
  }

  @AfterEach
  void close() {
    tap.close();
  }

  /** Returns how long it took. */
  private long await(long maxWaitNs) {
    long start = System.nanoTime();
    tap.nic.await(maxWaitNs);
    return System.nanoTime() - start;
  }

  @Test
  void waitEndsWhenItsTimeIsUp() {
    for (long waitNs : new long[] {50_000, MS, 20 * MS}) {
      long tookNs = await(waitNs);
      assertTrue(
          tookNs >= waitNs && tookNs < waitNs + 5_000 * MS, tookNs + " ns instead of " + waitNs);
    }
  }

  @Test
  void waitOfNothingOrLessReturnsAtOnce() {
    assertTrue(await(0) < 1_000 * MS);
    assertTrue(await(-1) < 1_000 * MS);
    assertTrue(await(Long.MIN_VALUE) < 1_000 * MS);
  }

  @Test
  void parkedOwnerUsesNoCpu() {
    long cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    await(500 * MS);
    cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpu;
    assertTrue(cpu < 5 * MS, cpu + " ns of CPU in 500 ms");
  }

  @Test
  void frameThatIsThereEndsTheWait() throws Exception {
    tap.kernel.send(frame(1, 60));
    assertTrue(await(Long.MAX_VALUE) < LONG_NS);
    assertNotNull(tap.receive());
  }

  @Test
  @Timeout(60)
  void frameThatArrivesEndsTheWait() throws Exception {
    Thread sender = new Thread(() -> {
      try {
        Thread.sleep(20); // the owner sleeps by then; if not, the test still holds
        tap.kernel.send(frame(1, 60));
      } catch (IOException | InterruptedException e) {
        throw new AssertionError(e);
      }
    });
    sender.start();
    assertTrue(await(LONG_NS) < LONG_NS);
    sender.join();
    assertNotNull(tap.receive());
  }

  @Test
  @Timeout(60)
  void wakeUpOfAnotherThreadEndsTheWait() throws Exception {
    Thread waker = new Thread(() -> {
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      tap.nic.wakeup();
    });
    waker.start();
    assertTrue(await(Long.MAX_VALUE) < LONG_NS);
    waker.join();
  }

  @Test
  void wakeUpBeforeTheWaitEndsItOnce() {
    tap.nic.wakeup();
    tap.nic.wakeup();
    assertTrue(await(LONG_NS) < LONG_NS);
    assertTrue(await(10 * MS) >= 10 * MS, "one wait for any number of wake-ups");
  }

  @Test
  void wakeUpIsTakenByAWaitOfNothing() {
    tap.nic.wakeup();
    tap.nic.await(0);
    assertTrue(await(10 * MS) >= 10 * MS);
  }

  @Test
  void interruptBeforeTheWaitEndsItAndStaysSet() {
    Thread.currentThread().interrupt();
    assertTrue(await(LONG_NS) < LONG_NS);
    assertTrue(Thread.interrupted());
    assertTrue(await(10 * MS) >= 10 * MS);
  }

  @Test
  @Timeout(60)
  void interruptDuringTheWaitEndsItAndStaysSet() throws Exception {
    Thread owner = Thread.currentThread();
    Thread interrupter = new Thread(() -> {
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      owner.interrupt();
    });
    interrupter.start();
    assertTrue(await(LONG_NS) < LONG_NS);
    assertTrue(Thread.interrupted());
    interrupter.join();
  }

  @Test
  void wakeUpAfterCloseDoesNothing() {
    tap.nic.close();
    tap.nic.wakeup();
    assertTrue(await(LONG_NS) < LONG_NS);
    tap.nic.close();
  }

  /** Each waits for the other's number; a wake-up lost makes one of them sleep for ever. */
  @Test
  @Timeout(120)
  void noWakeUpIsLostInManyHandOffs() throws Exception {
    int rounds = 50_000;
    WakeableWait second = new WakeableWait("second");
    AtomicInteger given = new AtomicInteger();
    AtomicInteger answered = new AtomicInteger();
    Thread answerer = new Thread(() -> {
      for (int i = 1; i <= rounds; i++) {
        while (given.get() < i) {
          second.await(-1, 0, Long.MAX_VALUE);
        }
        answered.set(i);
        if (i % 3 == 0) {
          Thread.onSpinWait(); // shifts the two against each other
        }
        tap.nic.wakeup();
      }
    });
    answerer.start();
    for (int i = 1; i <= rounds; i++) {
      given.set(i);
      second.wakeup();
      while (answered.get() < i) {
        tap.nic.await(Long.MAX_VALUE);
      }
    }
    answerer.join();
    second.close();
    assertEquals(rounds, answered.get());
  }

  /** Wakers that race each other, frames, time-outs and the owner; each call must be seen by a later turn. */
  @Test
  @Timeout(120)
  void manyWakersNeverLeaveTheOwnerAsleep() throws Exception {
    int perWaker = 20_000;
    AtomicInteger posted = new AtomicInteger();
    Thread[] wakers = new Thread[3];
    for (int i = 0; i < wakers.length; i++) {
      wakers[i] = new Thread(() -> {
        for (int n = 0; n < perWaker; n++) {
          int mine = posted.incrementAndGet();
          tap.nic.wakeup();
          while (posted.get() == mine && seen < mine) {
            Thread.onSpinWait(); // sometimes alone with the owner
          }
        }
      });
      wakers[i].start();
    }
    long frames = 0;
    while (seen < wakers.length * perWaker) {
      if (seen % 64 == 0) {
        tap.kernel.send(frame(1, 60));
        frames++;
      }
      tap.nic.await(seen % 7 == 0 ? 1_000 : Long.MAX_VALUE);
      while (tap.receive() != null) {
        assertFalse(Thread.currentThread().isInterrupted());
      }
      seen = posted.get();
    }
    for (Thread waker : wakers) {
      waker.join();
    }
    tap.assertCounted(NicCounter.FRAMES_RECEIVED, frames);
  }

  private volatile int seen;

  /** The device's owner makes no system call for a wake-up while nobody sleeps: the eventfd stays at 0. */
  @Test
  void wakeUpOfAnOwnerThatIsAwakeLeavesTheEventFdAlone() throws Exception {
    WakeableWait wait = new WakeableWait("test");
    wait.wakeup();
    wait.wakeup();
    wait.await(-1, 0, LONG_NS);
    assertFalse(wait.hasToken());
    wait.close();
  }
}
