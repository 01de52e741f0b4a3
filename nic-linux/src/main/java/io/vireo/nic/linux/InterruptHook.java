// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.util.Set;

/**
 * Lets {@link Thread#interrupt()} end a wait in native code. The one door that the JDK opens for
 * this is that of selectors: between begin() and end(), an interrupt calls {@link #wakeup()}. So
 * this is a selector that selects nothing.
 */
final class InterruptHook extends AbstractSelector {
  private final Runnable onInterrupt;

  InterruptHook(Runnable onInterrupt) {
    super(null);
    this.onInterrupt = onInterrupt;
  }

  /** From here to {@link #disarm()}, an interrupt of this thread (also one before) calls the hook. */
  void arm() {
    begin();
  }

  void disarm() {
    end();
  }

  /** Called by the thread that interrupts. */
  @Override
  public Selector wakeup() {
    onInterrupt.run();
    return this;
  }

  @Override
  protected void implCloseSelector() {}

  @Override
  protected SelectionKey register(
      AbstractSelectableChannel channel, int operations, Object attachment) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Set<SelectionKey> keys() {
    return Set.of();
  }

  @Override
  public Set<SelectionKey> selectedKeys() {
    return Set.of();
  }

  @Override
  public int selectNow() {
    throw new UnsupportedOperationException();
  }

  @Override
  public int select(long timeoutMs) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int select() {
    throw new UnsupportedOperationException();
  }
}
