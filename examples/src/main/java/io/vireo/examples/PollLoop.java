// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import io.vireo.TcpConnection;
import io.vireo.TcpEndpoint;
import io.vireo.TcpHandler;
import io.vireo.TcpStack;

/** Turns of a stack until somebody asks for the end: Ctrl-C, SIGTERM, an interrupt, or {@link #stop()}. */
final class PollLoop implements AutoCloseable {
  // An idle turn on a TAP costs about 0.3 us: 60 us of spinning, then some yields. To be woken
  // costs 10 to 60 us.
  private static final int SPINS = 200;
  private static final int YIELDS = 50;
  private static final long LONGEST_SLEEP_NS = 1_000_000_000L;

  /** How long the peers are given to take note of the end. */
  private static final long DRAIN_NS = 1_000_000_000L;

  /** Exit status of a command that was ended by Ctrl-C, as shells have it. */
  static final int INTERRUPTED = 130;

  private final TcpStack stack;
  private final boolean park;
  private final CtrlC ctrlC;
  private volatile boolean stopped;
  private int idleTurns;

  PollLoop(TcpStack stack, IdleMode idleMode) {
    this.stack = stack;
    park = idleMode == IdleMode.PARK;
    ctrlC = new CtrlC(this::stop);
  }

  /** Whether it goes on: takes a turn, and waits if there was nothing to do. */
  boolean turn() {
    if (stack.poll() > 0) {
      idleTurns = 0;
    } else {
      idle();
    }
    return !stopped && !Thread.currentThread().isInterrupted();
  }

  @SuppressWarnings(
      "ThreadPriorityCheck") // yield: a good turn for whoever shares the core, no more
  private void idle() {
    if (!park || idleTurns < SPINS) {
      idleTurns++;
      Thread.onSpinWait();
    } else if (idleTurns < SPINS + YIELDS) {
      idleTurns++;
      Thread.yield();
    } else {
      stack.await(LONGEST_SLEEP_NS);
    }
  }

  /** Ends the loop after its present turn. Any thread. */
  void stop() {
    stopped = true;
    stack.wakeup();
  }

  /** Finishes every connection, and waits a moment for the peers to do the same. */
  static <C> void drain(TcpEndpoint<C> endpoint) {
    TcpHandler<C> drop = new TcpHandler<>() {}; // takes what still comes, and answers nothing
    endpoint.poll(drop);
    endpoint.forEach(TcpConnection::sendFin);
    long start = System.nanoTime();
    while (endpoint.connectionCount() > 0 && System.nanoTime() - start < DRAIN_NS) {
      endpoint.poll(drop);
      endpoint.stack().await(DRAIN_NS / 100);
    }
  }

  /** The clean-up is done: what Ctrl-C holds back may go on. */
  @Override
  public void close() {
    ctrlC.close();
  }
}
