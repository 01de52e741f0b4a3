// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.tap;

import static io.vireo.nic.linux.KernelSide.frame;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.linux.InPrivateNetwork;
import io.vireo.nic.linux.WakeableWait;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

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
    assertTrue(await(LONG_NS) < LONG_NS);
    waker.join();
    tap.nic.await(10 * MS); // may end early, by what the waker wrote when its owner had gone
    assertTrue(await(10 * MS) >= 10 * MS);
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

  /** CON-03: each waits for the other's number; a wake-up lost would make one of them sleep on. */
  @Test
  void noWakeUpIsLostInManyHandOffs() throws Exception {
    int rounds = 50_000;
    WakeableWait answerersWait = new WakeableWait("vireo1");
    AtomicInteger given = new AtomicInteger();
    AtomicInteger answered = new AtomicInteger();
    Thread answerer = new Thread(() -> {
      for (int i = 1; i <= rounds; i++) {
        sleepUntil(given, i, maxWaitNs -> answerersWait.await(-1, 0, maxWaitNs));
        answered.set(i);
        tap.nic.wakeup();
      }
    });
    answerer.start();
    for (int i = 1; i <= rounds; i++) {
      given.set(i);
      answerersWait.wakeup();
      sleepUntil(answered, i, tap.nic::await);
    }
    answerer.join();
    answerersWait.close();
  }

  /** CON-03: many wakers race each other, frames and time-outs; each posts more only when its last post was seen. */
  @Test
  void noWakeUpOfManyWakersIsLost() throws Exception {
    int perWaker = 10_000;
    AtomicInteger posted = new AtomicInteger();
    AtomicInteger seen = new AtomicInteger();
    Thread[] wakers = new Thread[3];
    for (int i = 0; i < wakers.length; i++) {
      wakers[i] = new Thread(() -> {
        for (int n = 0; n < perWaker; n++) {
          int mine = posted.incrementAndGet();
          tap.nic.wakeup();
          while (seen.get() < mine && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(1_000);
          }
        }
      });
      wakers[i].start();
    }
    try {
      for (int count = 0; count < wakers.length * perWaker; count = posted.get()) {
        seen.set(count);
        if (count % 64 == 0) {
          tap.kernel.send(frame(1, 60));
        }
        if (count % 7 == 0) {
          tap.nic.await(1_000);
        }
        sleepUntil(posted, count + 1, tap.nic::await);
        tap.receive();
      }
      seen.set(Integer.MAX_VALUE);
    } finally {
      for (Thread waker : wakers) {
        waker.interrupt();
        waker.join();
      }
    }
  }

  private static void sleepUntil(AtomicInteger number, int reached, LongConsumer await) {
    while (number.get() < reached) {
      long start = System.nanoTime();
      await.accept(LONG_NS);
      if (System.nanoTime() - start >= LONG_NS) {
        throw new AssertionError("overslept " + reached);
      }
    }
  }

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
