// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import io.vireo.TcpAddresses;
import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import io.vireo.api.CloseReason;
import io.vireo.api.SoftError;
import java.nio.ByteBuffer;

/** Passes the events of all connections of a world on to their users. */
final class ScriptHandler implements TcpHandler<User> {
  private final World world;

  ScriptHandler(World world) {
    this.world = world;
  }

  @Override
  public boolean allowNewConnection(TcpAddresses peer) {
    Peer asking = world.peer(peer.remoteIpv4(), peer.remotePort());
    return asking == null || asking.user.allows();
  }

  @Override
  public void onConnectionEstablished(TcpConnection<User> connection) {
    if (connection.attachment() == null) {
      connection.attach(world.peer(connection.remoteIpv4(), connection.remotePort()).user);
    }
    connection.attachment().onEstablished(connection);
  }

  @Override
  public int onData(TcpConnection<User> connection, ByteBuffer memory, int offset, int length) {
    return connection.attachment().onData(memory, offset, length);
  }

  @Override
  public void onFin(TcpConnection<User> connection, ByteBuffer memory, int offset, int length) {
    connection.attachment().onFin(length);
  }

  @Override
  public void onMoreSendable(TcpConnection<User> connection) {
    connection.attachment().onMoreSendable();
  }

  @Override
  public void onUserTimeout(TcpConnection<User> connection, int timerId) {
    connection.attachment().onTimer(timerId);
  }

  @Override
  public void onSoftError(TcpConnection<User> connection, SoftError error) {
    connection.attachment().onSoftError(error.name());
  }

  @Override
  public void onConnectionClosed(TcpConnection<User> connection, CloseReason reason) {
    connection.attachment().onClosed(reason.name());
  }

  @Override
  public void onException(TcpConnection<User> connection, RuntimeException exception) {
    throw new AssertionError("a callback threw", exception);
  }
}
