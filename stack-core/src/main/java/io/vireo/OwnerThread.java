// SPDX-License-Identifier: Apache-2.0
package io.vireo;

/** Which thread a stack belongs to: the one that polled it last, until it gives the stack up or ends. */
final class OwnerThread {
  private Thread owner;

  /** The caller polls: from now on the stack is its own. */
  void take() {
    if (owner != Thread.currentThread()) {
      check();
      owner = Thread.currentThread();
    }
  }

  /** IllegalStateException if another thread owns the stack. */
  void check() {
    Thread current = Thread.currentThread();
    if (owner != current && owner != null && owner.isAlive()) {
      throw new IllegalStateException("this stack belongs to thread "
          + owner.getName()
          + ", and thread "
          + current.getName()
          + " may not use it");
    }
  }

  void giveUp() {
    check();
    owner = null;
  }
}
