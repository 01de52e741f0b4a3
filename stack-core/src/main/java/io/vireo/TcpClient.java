// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.nic.Nic;
import java.net.InetSocketAddress;

/**
 * Opens connections.
 *
 * @param <C> the user's state per connection
 */
public final class TcpClient<C> extends TcpEndpoint<C> {
  /** Alone on its own stack; the handler comes with {@link #poll(TcpHandler)}. Closing the NIC remains the caller's. */
  public TcpClient(Nic nic, StackSettings stackSettings, TcpSettings settings) {
    super(nic, stackSettings, settings);
  }

  /** One of several on a shared stack. Everything for settings.connections() idle connections is made here. */
  public TcpClient(TcpStack stack, TcpSettings settings, TcpHandler<C> handler) {
    super(stack, settings, handler);
  }

  /**
   * Starts a connection from an address and port of the stack's choice. Returns at once; send is allowed from here on, and queued
   * until the handshake ends. Every failure to connect is an onConnectionClosed with its reason, never an exception.
   *
   * @throws IllegalArgumentException the remote address is unresolved, not IPv4, multicast, broadcast or our own, or its port is 0
   * @throws IllegalStateException the pool is exhausted (see {@link #available()})
   */
  public TcpConnection<C> connect(InetSocketAddress remote, C attachment) {
    return connect(null, remote, attachment);
  }

  /**
   * The same from a given local address and port.
   *
   * @param local one of the stack's addresses, or the wildcard; port 0: the stack chooses. Null: the stack chooses both
   */
  public TcpConnection<C> connect(InetSocketAddress local, InetSocketAddress remote, C attachment) {
    stack().begin();
    // Read anew: a callback may have taken its time, and patience is not to begin in the past.
    long nowNs = stack().readClock();
    checkOpen();
    int remoteAddress = stack().addresses().remote(remote);
    int localAddress = stack().addresses().local(local, remoteAddress);
    int localPort = local == null ? 0 : local.getPort();
    var tcp = stack()
        .tcp()
        .connect(pool(), localAddress, localPort, remoteAddress, remote.getPort(), nowNs);
    if (tcp == null) {
      throw new IllegalStateException(
          "all " + pool().settings().connections() + " connections of this client are in use");
    }
    TcpConnection<C> connection = wrap(tcp);
    connection.onBegun(attachment);
    stack().end(nowNs);
    return connection;
  }
}
