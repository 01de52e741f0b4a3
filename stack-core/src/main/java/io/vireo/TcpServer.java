// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.nic.Nic;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Accepts connections.
 *
 * @param <C> the user's state per connection
 */
public final class TcpServer<C> extends TcpEndpoint<C> {
  /** Alone on its own stack; the handler comes with {@link #poll(TcpHandler)}. Closing the NIC remains the caller's. */
  public TcpServer(Nic nic, StackSettings stackSettings, TcpSettings settings) {
    super(nic, stackSettings, settings);
  }

  /** One of several on a shared stack. Everything for settings.connections() idle connections is made here. */
  public TcpServer(TcpStack stack, TcpSettings settings, TcpHandler<C> handler) {
    super(stack, settings, handler);
  }

  /**
   * Accepts on a port of every address of the stack. With the pool exhausted, SYNs are dropped unanswered and counted.
   *
   * @throws IllegalArgumentException the port is not 1 to 65535
   * @throws IllegalStateException the stack listens there already
   * @throws UncheckedIOException the kernel whose addresses the stack shares refuses the port
   */
  public void listen(int port) {
    checkPort(port);
    stack().begin();
    checkOpen();
    if (stack().tcp().isListening(port)) {
      throw new IllegalStateException("the stack listens on port " + port + " already");
    }
    String refusal = stack().tcp().listen(port, pool());
    if (refusal != null) {
      throw new UncheckedIOException(new IOException(refusal));
    }
  }

  /** Stops accepting: later SYNs are refused. Established connections live on, handshakes under way are dropped. */
  public void unlisten(int port) {
    checkPort(port);
    stack().begin();
    stack().tcp().unlisten(port, pool());
  }

  private static void checkPort(int port) {
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("port " + port + ", must be 1 to 65535");
    }
  }
}
