// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

import io.vireo.TcpAddresses;
import io.vireo.TcpClient;
import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import io.vireo.api.CloseReason;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/** A user who does in his callbacks what he was told to, sensible or not, and watches that they come in their order (APP-20). */
final class UserHandler implements TcpHandler<User> {
  /** The callbacks that can be told to do something. */
  static final int CALLBACKS = 8;

  private static final int ALLOW = 0;
  private static final int ESTABLISHED = 1;
  private static final int DATA = 2;
  private static final int FIN = 3;
  private static final int MORE = 4;
  private static final int USER_TIMEOUT = 5;
  private static final int TIMER = 6;
  private static final int CLOSED = 7;

  /** So that nobody goes on for ever who connects whenever a connection ends. */
  private static final int MOST_DEEDS = 64;

  private static final InetSocketAddress PEER = new InetSocketAddress("10.0.0.2", 4000);

  /** Thrown on purpose. */
  static final class Planted extends RuntimeException {
    private static final long serialVersionUID = 1;

    private Planted() {
      super("planted", null, false, false);
    }
  }

  /** Thrown on purpose; leaves poll. */
  static final class PlantedError extends Error {
    private static final long serialVersionUID = 1;

    private PlantedError() {
      super("planted", null, false, false);
    }
  }

  private final int[] deeds = new int[CALLBACKS];
  private final User[] users = new User[32];
  private int userCount;
  private int done;
  private TcpClient<User> client;

  /** Whether every payload byte of every peer is the low byte of its sequence number. */
  boolean patterned;

  private boolean badResult;

  /** What those send whose connections come from outside; they finish after the peer. */
  int serverBytes;

  int established;
  int closed;

  void begin(TcpClient<User> client) {
    this.client = client;
    calm();
    userCount = 0;
    done = 0;
    patterned = false;
    serverBytes = 0;
    established = 0;
    closed = 0;
  }

  /** From now on he consumes everything, and answers a FIN by his own. */
  void calm() {
    java.util.Arrays.fill(deeds, 0);
    badResult = false;
  }

  /** What to do in a callback from now on; 0: what is sensible. */
  void does(int callback, int deed) {
    deeds[callback % CALLBACKS] = deed;
  }

  int userCount() {
    return userCount;
  }

  User user(int index) {
    return users[index % userCount];
  }

  void remember(User user) {
    if (userCount < users.length) {
      users[userCount++] = user;
      return;
    }
    for (int i = 0; i < users.length; i++) {
      if (users[i].over) {
        users[i] = user;
        return;
      }
    }
  }

  void connect() {
    connect(PEER);
  }

  void connect(String host, int port) {
    InetSocketAddress remote = new InetSocketAddress(host, port);
    try {
      connect(remote);
    } catch (IllegalArgumentException e) {
      // Our own, and both forms of the broadcast address.
      int last = remote.getAddress().getAddress()[3] & 0xFF;
      Oracle.require(last <= 1 || last == 255, "refuses to connect to " + host);
    }
  }

  private void connect(InetSocketAddress remote) {
    if (client.available() > 0) {
      TcpConnection<User> connection = client.connect(remote, null);
      User user = new User(connection);
      connection.attach(user);
      remember(user);
    }
  }

  private int deed(int callback) {
    if (deeds[callback] == 0 || done >= MOST_DEEDS) {
      return 0;
    }
    done++;
    return deeds[callback];
  }

  /** As in a callback, but from outside; there nothing is thrown. */
  void command(int deed, User user) {
    int kind = deed & 0xF;
    act(kind == 11 || kind == 12 ? 0 : deed, user);
  }

  private void act(int deed, User user) {
    switch (deed & 0xF) {
      case 1 -> user.command(user.connection::pause);
      case 2 -> user.command(user.connection::resume);
      case 3 -> user.send(1 + (deed >> 4) * 700);
      case 4 -> user.sendFin();
      case 5 -> user.command(user.connection::abort);
      case 6 -> {
        user.send(100);
        user.command(user.connection::flush);
      }
      case 7 -> user.command(() -> user.connection.setUserTimer(0, 1_000_000L * (deed >> 4)));
      case 8 -> connect();
      case 9 -> user(deed >> 4).command(user(deed >> 4).connection::abort);
      case 10 -> user(deed >> 4).send(2000);
      case 11 -> throw new Planted();
      case 12 -> throw new PlantedError();
      default -> {}
    }
  }

  @Override
  public boolean allowNewConnection(TcpAddresses peer) {
    Oracle.require(peer.remotePort() != 0 && peer.remoteIpv4() != 0, "a peer without address");
    int deed = deed(ALLOW) & 0xF;
    if (deed == 11) {
      throw new Planted();
    }
    return deed != 4;
  }

  @Override
  public void onConnectionEstablished(TcpConnection<User> connection) {
    User user = connection.attachment();
    if (user == null) {
      user = new User(connection);
      connection.attach(user);
      remember(user);
    }
    Oracle.require(!user.established && !user.over, "established twice, or after the end");
    user.established = true;
    established++;
    if (user.sent() == 0 && serverBytes > 0) {
      user.offers(serverBytes, false);
    }
    act(deed(ESTABLISHED), user);
  }

  @Override
  public int onData(TcpConnection<User> connection, ByteBuffer memory, int offset, int length) {
    User user = connection.attachment();
    user.onShown(memory, offset, length, patterned);
    int deed = deed(DATA);
    int left = switch (deed & 0xF) {
      case 13 -> length;
      case 14 -> length / 2;
      case 15 -> Math.min(1, length);
      default -> 0;
    };
    act(deed, user);
    if (deed == 0xFD) {
      badResult = true;
      return length + 1;
    }
    user.onConsumed(length - left);
    return left;
  }

  @Override
  public void onFin(TcpConnection<User> connection, ByteBuffer memory, int offset, int length) {
    User user = connection.attachment();
    user.onShown(memory, offset, length, patterned);
    user.finTold = true;
    int deed = deed(FIN);
    if (deed == 0 && !user.finSent) {
      user.offers(user.unsent(), true);
    }
    act(deed, user);
  }

  @Override
  public void onMoreSendable(TcpConnection<User> connection) {
    User user = connection.attachment();
    Oracle.require(!user.over, "more sendable after the end");
    user.goOn();
    act(deed(MORE), user);
  }

  @Override
  public void onUserTimeout(TcpConnection<User> connection, int timerId) {
    User user = connection.attachment();
    Oracle.require(!user.over, "a timer after the end");
    act(deed(USER_TIMEOUT), user);
  }

  @Override
  public void onTimer(int timerId) {
    if (userCount > 0) {
      act(deed(TIMER), user(timerId));
    }
  }

  @Override
  public void onConnectionClosed(TcpConnection<User> connection, CloseReason reason) {
    User user = connection.attachment();
    Oracle.require(!user.over, "closed twice");
    Oracle.require(
        user.established || reason != CloseReason.CLOSED, "closed in order, and never established");
    Oracle.require(reason != CloseReason.CLOSED || user.finTold, "closed without a FIN");
    user.over = true;
    user.reason = reason;
    if (user.established) {
      closed++;
    }
    act(deed(CLOSED), user);
  }

  @Override
  public void onException(TcpConnection<User> connection, RuntimeException exception) {
    if (exception instanceof Planted || badResult) {
      badResult = false;
      return;
    }
    throw exception;
  }
}
