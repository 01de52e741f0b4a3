// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.vireo.TcpStack;
import io.vireo.api.Counter;
import io.vireo.api.StackSettings;
import io.vireo.nic.Nic;
import java.util.function.Consumer;

/** A stack and what lives on it, polled by a thread of its own in the network of the thread that makes it. */
class StackThread implements AutoCloseable {
  private static final int LONGEST_END_MS = 10_000;

  final TcpStack stack;
  private final Nic nic;
  private final PollLoop loop;
  private final Thread thread;
  private volatile Throwable failure;

  /** The NIC is closed with it. */
  StackThread(Nic nic, StackSettings settings, Consumer<TcpStack> endpoints) {
    this.nic = nic;
    stack = new TcpStack(nic, settings);
    loop = new PollLoop(stack, IdleMode.PARK);
    endpoints.accept(stack);
    thread = new Thread(this::poll, "stack");
    thread.setDaemon(true);
    thread.start();
  }

  private void poll() {
    try {
      while (loop.turn()) {}
      stack.close();
    } catch (RuntimeException | Error e) {
      failure = e;
    } finally {
      loop.close();
      nic.close();
    }
  }

  /** Waits until every connection has ended, so that each end is known to be in order. */
  final void awaitEndOfConnections() throws InterruptedException {
    long start = System.nanoTime();
    while (stack.counter(Counter.CONNECTIONS_CLOSED)
        < stack.counter(Counter.CONNECTIONS_ACCEPTED) + stack.counter(Counter.CONNECTIONS_OPENED)) {
      assertFalse(
          System.nanoTime() - start > LONGEST_END_MS * 1_000_000L, "connections do not end");
      Thread.onSpinWait();
      thread.join(1);
    }
  }

  @Override
  public final void close() {
    loop.stop();
    try {
      thread.join(LONGEST_END_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    assertFalse(thread.isAlive(), "the stack does not end");
    assertNull(failure);
  }
}
