// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import io.vireo.TcpAddresses;
import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import io.vireo.api.CloseReason;
import io.vireo.api.SoftError;
import java.nio.ByteBuffer;

/** The user of a host's endpoints: each connection's {@link Side} does what its plan says; here calls are watched over. */
final class App implements TcpHandler<Side> {
  private final Host host;
  private final int role;
  private final World world;
  private int asked;
  private int accepted;

  /** {@code role}: of which endpoint of the host. */
  App(Host host, int role) {
    this.host = host;
    this.role = role;
    this.world = host.world;
  }

  /** A call of user code, which never nests. */
  private void enter(TcpConnection<Side> connection, int event) {
    Violation.unless(world.calling == null, "a callback inside a callback");
    world.calling = host;
    host.callbacksThisTurn++;
    long id = connection == null ? 0 : connection.id();
    world.trace.add(world.elapsedNs(), event, id);
  }

  private void leave() {
    world.calling = null;
  }

  @Override
  public boolean allowNewConnection(TcpAddresses peer) {
    enter(null, 1);
    try {
      Violation.unless(
          peer.localPort() == WorldPlan.SERVER_PORT + role && peer.remotePort() > 0,
          "asked about nobody");
      asked++;
      boolean allowed = host.plan.allowsOneIn == 0 || asked % host.plan.allowsOneIn == 0;
      if (!allowed) {
        world.disallowed = true;
      }
      return allowed;
    } finally {
      leave();
    }
  }

  @Override
  public void onConnectionEstablished(TcpConnection<Side> connection) {
    enter(connection, 2);
    try {
      Side side = connection.attachment();
      if (side == null) {
        SidePlan plan = new SidePlan(
            world.plan, world.plan.draws.stream("accepted", host.number(), role, accepted++));
        side = new Side(host, plan, role);
        connection.attach(side);
        side.begin(connection);
      }
      side.onEstablished();
    } finally {
      leave();
    }
  }

  @Override
  public int onData(TcpConnection<Side> connection, ByteBuffer memory, int offset, int length) {
    enter(connection, 3);
    try {
      return connection.attachment().onData(memory, offset, length);
    } finally {
      leave();
    }
  }

  @Override
  public void onFin(TcpConnection<Side> connection, ByteBuffer memory, int offset, int length) {
    enter(connection, 4);
    try {
      connection.attachment().onFin(memory, offset, length);
    } finally {
      leave();
    }
  }

  @Override
  public void onMoreSendable(TcpConnection<Side> connection) {
    enter(connection, 5);
    try {
      connection.attachment().onMoreSendable();
    } finally {
      leave();
    }
  }

  @Override
  public void onUserTimeout(TcpConnection<Side> connection, int timerId) {
    enter(connection, 6);
    try {
      connection.attachment().onUserTimeout(timerId);
    } finally {
      leave();
    }
  }

  @Override
  public void onSoftError(TcpConnection<Side> connection, SoftError error) {
    enter(connection, 10 + error.ordinal());
    try {
      connection.attachment().onSoftError(error);
    } finally {
      leave();
    }
  }

  @Override
  public void onTimer(int timerId) {
    enter(null, 7);
    try {
      long due = host.timerDueNs[role][timerId];
      Violation.unless(
          due != 0 && due <= host.localNs(), "a timer that is early, or was never set");
      host.timerDueNs[role][timerId] = 0;
    } finally {
      leave();
    }
  }

  @Override
  public void onConnectionClosed(TcpConnection<Side> connection, CloseReason reason) {
    enter(connection, 8);
    try {
      connection.attachment().onClosed(reason);
    } finally {
      leave();
    }
  }

  @Override
  public void onException(TcpConnection<Side> connection, RuntimeException exception) {
    enter(connection, 9);
    try {
      if (!(exception instanceof Accident.Thrown)) {
        throw new Violation("a user met " + exception);
      }
      connection.attachment().onException();
    } finally {
      leave();
    }
  }
}
