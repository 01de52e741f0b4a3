// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Ctrl-C and SIGTERM: asks the program to end, and holds the JVM until it has cleaned up. The JVM then exits with 130 or 143. */
final class CtrlC implements AutoCloseable {
  private static final long LONGEST_CLEAN_UP_SECONDS = 5;

  private final CountDownLatch cleanedUp = new CountDownLatch(1);
  private final Thread hook;

  /** From now on {@code ask} is called when the program is to end, by another thread. */
  CtrlC(Runnable ask) {
    hook = new Thread(() -> onShutdown(ask), "ctrl-c");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void onShutdown(Runnable ask) {
    ask.run();
    try {
      if (!cleanedUp.await(LONGEST_CLEAN_UP_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("vireo: the clean-up takes too long, ended without it");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The program has cleaned up. */
  @Override
  public void close() {
    cleanedUp.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is about to end already: this is Ctrl-C's doing.
    }
  }
}
