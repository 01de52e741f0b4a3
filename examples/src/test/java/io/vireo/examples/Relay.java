// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import io.vireo.TcpClient;
import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import io.vireo.TcpServer;
import io.vireo.TcpStack;
import io.vireo.api.CloseReason;
import io.vireo.api.TcpSettings;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/**
 * Carries every connection to a port of ours on to the same port of a server behind us, with its half-closes, its resets and its
 * back-pressure. So two programs on the kernel's TCP talk through Vireo, which is the server of the one and the client of the other.
 */
final class Relay implements TcpHandler<Relay.Leg> {
  /** One of the two connections that belong together. */
  static final class Leg {
    /** The other one, or null when it is over. */
    private TcpConnection<Leg> other;
  }

  private final String host;
  private final TcpClient<Leg> client;

  private Relay(TcpStack stack, TcpSettings settings, String host) {
    this.host = host;
    client = new TcpClient<>(stack, settings, this);
  }

  /** Listens on these ports for what is to be carried to {@code host}. */
  static void listen(TcpStack stack, TcpSettings settings, String host, int... ports) {
    Relay relay = new Relay(stack, settings, host);
    TcpServer<Leg> server = new TcpServer<>(stack, settings, relay);
    for (int port : ports) {
      server.listen(port);
    }
  }

  @Override
  public void onConnectionEstablished(TcpConnection<Leg> connection) {
    if (connection.attachment() != null) {
      return; // the leg to the server: what came meanwhile is queued on it already
    }
    Leg near = new Leg();
    connection.attach(near);
    if (client.available() == 0) {
      connection.abort();
      return;
    }
    Leg far = new Leg();
    far.other = connection;
    near.other = client.connect(new InetSocketAddress(host, connection.localPort()), far);
  }

  @Override
  public int onData(TcpConnection<Leg> connection, ByteBuffer memory, int offset, int length) {
    TcpConnection<Leg> other = connection.attachment().other;
    if (other == null) {
      return 0;
    }
    int taken = other.send(memory, offset, length);
    if (taken < length) {
      connection.pause(); // which also holds back its end
    }
    return length - taken;
  }

  @Override
  public void onMoreSendable(TcpConnection<Leg> connection) {
    TcpConnection<Leg> other = connection.attachment().other;
    if (other != null) {
      other.resume();
    }
  }

  @Override
  public void onFin(TcpConnection<Leg> connection, ByteBuffer memory, int offset, int length) {
    TcpConnection<Leg> other = connection.attachment().other;
    if (other != null) {
      other.sendFin();
    }
  }

  @Override
  public void onConnectionClosed(TcpConnection<Leg> connection, CloseReason reason) {
    Leg leg = connection.attachment();
    if (leg == null || leg.other == null) {
      return;
    }
    leg.other.attachment().other = null;
    if (reason != CloseReason.CLOSED) {
      leg.other.abort();
    }
  }
}
