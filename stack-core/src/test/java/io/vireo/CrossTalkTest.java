// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.MS;
import static io.vireo.TwoStacks.PORT;
import static io.vireo.TwoStacks.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.CloseReason;
import io.vireo.api.TcpSettings;
import io.vireo.nic.lab.WireSettings;
import io.vireo.time.ManualClock;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Users who do anything at any time, to any connection of their stack, from inside any callback of any other: every connection keeps its
 * order of events and ends once, every byte arrives where it belongs, and in the end nothing is left.
 */
class CrossTalkTest {
  private static final int SEEDS = 60;

  /** What a user knows of one connection. */
  private static final class Peer {
    final int clientPort;
    final boolean atClient;
    long sent;
    long consumed;
    boolean established;
    boolean fin;
    boolean finSent;
    boolean aborted;
    boolean paused;

    Peer(int clientPort, boolean atClient) {
      this.clientPort = clientPort;
      this.atClient = atClient;
    }

    byte at(long position, boolean fromClient) {
      return (byte) (position * 31 + clientPort + (fromClient ? 1 : 0) + (position >> 8));
    }
  }

  private static final class Boom extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private static final class Bang extends Error {
    private static final long serialVersionUID = 1;
  }

  /** Both ends of every connection, by the client's port. */
  private static final class World {
    final Map<Integer, Peer> clients = new HashMap<>();
    final Map<Integer, Peer> servers = new HashMap<>();
    final SplittableRandom random;
    boolean calm;
    int connects = 60;

    World(SplittableRandom random) {
      this.random = random;
    }
  }

  /** One stack with a client and a server, and the user of both. */
  private static final class Node implements TcpHandler<Peer> {
    final World world;
    final SplittableRandom random;
    final TcpServer<Peer> server;
    final TcpClient<Peer> client;
    final InetSocketAddress other;
    final List<TcpConnection<Peer>> open = new ArrayList<>();
    private final ByteBuffer bytes = ByteBuffer.allocateDirect(20_000);
    private boolean calling;

    Node(World world, TcpStack stack, TcpSettings settings, String other) {
      this.world = world;
      this.random = world.random;
      this.other = new InetSocketAddress(other, PORT);
      server = new TcpServer<>(stack, settings, this);
      client = new TcpClient<>(stack, settings, this);
      server.listen(PORT);
    }

    // ---- What the user does

    void act() {
      if (world.calm) {
        return;
      }
      for (int i = random.nextInt(4); i > 0; i--) {
        if (open.isEmpty() || random.nextInt(10) == 0) {
          connect();
        } else {
          actOn(open.get(random.nextInt(open.size())));
        }
      }
      if (calling && random.nextInt(300) == 0) {
        throw new Boom();
      }
      if (calling && random.nextInt(600) == 0) {
        throw new Bang();
      }
    }

    void connect() {
      if (world.connects > 0 && client.available() > 0) {
        world.connects--;
        TcpConnection<Peer> c = client.connect(other, null);
        c.attach(new Peer(c.localPort(), true));
        world.clients.put(c.localPort(), c.attachment());
        open.add(c);
      }
    }

    private void actOn(TcpConnection<Peer> c) {
      Peer peer = c.attachment();
      switch (random.nextInt(13)) {
        case 0, 1, 2, 3, 4 -> send(c, peer);
        case 5 -> {
          peer.paused = true;
          c.pause();
        }
        case 6, 7 -> {
          peer.paused = false;
          c.resume();
        }
        case 8, 9 -> c.setUserTimer(random.nextInt(2), random.nextLong(50 * MS));
        case 10 -> c.flush();
        case 11 -> {
          if (random.nextInt(5) == 0) {
            finish(c, peer);
          }
        }
        default -> {
          if (random.nextInt(15) == 0) {
            peer.aborted = true;
            c.abort();
          }
        }
      }
    }

    private void send(TcpConnection<Peer> c, Peer peer) {
      if (peer.finSent) {
        return;
      }
      int length = random.nextInt(1 << random.nextInt(1, 15));
      for (int i = 0; i < length; i++) {
        bytes.put(i, peer.at(peer.sent + i, peer.atClient));
      }
      peer.sent += c.send(bytes, 0, length);
    }

    private static void finish(TcpConnection<Peer> c, Peer peer) {
      peer.finSent = true;
      c.sendFin();
    }

    void windDown() {
      for (TcpConnection<Peer> c : List.copyOf(open)) {
        c.attachment().paused = false;
        c.resume();
        finish(c, c.attachment());
      }
    }

    // ---- What the user hears

    private Peer enter(TcpConnection<Peer> c) {
      assertFalse(calling, "nested");
      calling = true;
      Peer peer = c.attachment();
      assertTrue(open.contains(c), "an event of a connection that is over");
      return peer;
    }

    @Override
    public boolean allowNewConnection(TcpAddresses from) {
      assertFalse(calling, "nested");
      calling = true;
      try {
        act();
        return random.nextInt(20) != 0;
      } finally {
        calling = false;
      }
    }

    @Override
    public void onConnectionEstablished(TcpConnection<Peer> c) {
      if (c.attachment() == null) {
        c.attach(new Peer(c.remotePort(), false));
        world.servers.put(c.remotePort(), c.attachment());
        open.add(c);
      }
      Peer peer = enter(c);
      try {
        assertFalse(peer.established || peer.aborted, "established once, and not after abort");
        peer.established = true;
        act();
      } finally {
        calling = false;
      }
    }

    @Override
    public int onData(TcpConnection<Peer> c, ByteBuffer memory, int offset, int length) {
      Peer peer = enter(c);
      try {
        assertTrue(peer.established && !peer.fin && !peer.aborted && !peer.paused, "data");
        check(peer, memory, offset, length);
        act();
        check(peer, memory, offset, length);
        int leftover = world.calm || random.nextInt(3) > 0 ? 0 : random.nextInt(length + 1);
        peer.consumed += length - leftover;
        return leftover;
      } finally {
        calling = false;
      }
    }

    private static void check(Peer peer, ByteBuffer memory, int offset, int length) {
      for (int i = 0; i < length; i++) {
        if (memory.get(offset + i) != peer.at(peer.consumed + i, !peer.atClient)) {
          throw new AssertionError("byte " + (peer.consumed + i) + " is wrong");
        }
      }
    }

    @Override
    public void onFin(TcpConnection<Peer> c, ByteBuffer memory, int offset, int length) {
      Peer peer = enter(c);
      try {
        assertTrue(peer.established && !peer.fin && !peer.aborted && !peer.paused, "fin");
        check(peer, memory, offset, length);
        peer.fin = true;
        Peer far = (peer.atClient ? world.servers : world.clients).get(peer.clientPort);
        assertTrue(far.finSent, "the other end has finished");
        assertEquals(far.sent, peer.consumed + length, "every byte");
        act();
        if (world.calm) {
          finish(c, peer);
        }
      } finally {
        calling = false;
      }
    }

    @Override
    public void onMoreSendable(TcpConnection<Peer> c) {
      Peer peer = enter(c);
      try {
        assertTrue(peer.established && !peer.aborted && !peer.finSent, "room, in its place");
        // Where memory is short, somebody else may have been faster.
        assertTrue(c.sendable() > 0 || client.stack().arena().freeBytes() < 16 << 10, "room");
        act();
      } finally {
        calling = false;
      }
    }

    @Override
    public void onUserTimeout(TcpConnection<Peer> c, int timerId) {
      Peer peer = enter(c);
      try {
        assertFalse(peer.aborted, "a timer after abort");
        act();
      } finally {
        calling = false;
      }
    }

    @Override
    public void onConnectionClosed(TcpConnection<Peer> c, CloseReason reason) {
      Peer peer = enter(c);
      try {
        open.remove(c);
        if (reason == CloseReason.CLOSED) {
          assertTrue(peer.fin && peer.finSent && !peer.aborted, "an orderly end");
        }
        assertEquals(null, (peer.atClient ? client : server).connection(c.id()));
        act();
      } finally {
        calling = false;
      }
    }

    @Override
    public void onException(TcpConnection<Peer> c, RuntimeException exception) {
      if (!(exception instanceof Boom)) {
        throw new AssertionError("a user met " + exception, exception);
      }
    }
  }

  @Test
  void everyConnectionKeepsItsRulesWhateverIsDoneToIt() {
    for (long seed = 1; seed <= SEEDS; seed++) {
      try {
        run(new SplittableRandom(seed));
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  private static void run(SplittableRandom random) {
    WireSettings wire = WireSettings.defaults()
        .withDelayNs(random.nextLong(2 * MS))
        .withSlots(random.nextInt(8, 200));
    long memory = random.nextInt(3) == 0 ? 64 << 10 : 16 << 20;
    int budget = random.nextInt(1, 65);
    TwoStacks net = new TwoStacks(
        new ManualClock(random.nextLong()),
        wire,
        settings -> settings.withBufferMemoryBytes(memory).withFramesPerPoll(budget),
        settings -> settings.withFramesPerPoll(1 + budget / 2));
    TcpSettings settings = TcpSettings.defaults()
        .withConnections(random.nextInt(1, 12))
        .withSendBufferBytes(random.nextInt(4_096, 30_000))
        .withReceiveBufferBytes(random.nextInt(4_096, 30_000))
        .withConnectTimeoutNs(20 * SECOND)
        .withUserTimeoutNs(30 * SECOND)
        .withFinWaitNs(20 * SECOND);
    int loss = random.nextInt(4) == 0 ? 20 : 0;
    FilterNic.Loss losing = (frame, offset, length) -> loss > 0 && random.nextInt(loss) == 0;
    net.leftNic.lose(losing);
    net.rightNic.lose(losing);
    World world = new World(random);
    Node left = new Node(world, net.left, settings, "10.0.0.2");
    Node right = new Node(world, net.right, settings, "10.0.0.1");
    left.connect();
    right.connect();
    for (int i = 0; i < 60; i++) {
      go(net, random.nextLong(20 * MS));
      left.act();
      right.act();
    }
    world.calm = true;
    net.leftNic.lose(FilterNic.NONE);
    net.rightNic.lose(FilterNic.NONE);
    left.windDown();
    right.windDown();
    for (int i = 0; i < 300 && !(left.open.isEmpty() && right.open.isEmpty()); i++) {
      go(net, SECOND);
      left.windDown();
      right.windDown();
    }
    for (Node node : List.of(left, right)) {
      assertEquals(List.of(), node.open, "connections that never end");
      assertEquals(settings.connections(), node.client.available());
      assertEquals(settings.connections(), node.server.available());
    }
    net.assertNothingHeld();
  }

  /** Lets time go by, whatever Errors users throw. */
  private static void go(TwoStacks net, long ns) {
    long endNs = net.clock.nanoTime() + ns;
    while (endNs - net.clock.nanoTime() > 0) {
      try {
        net.runFor(endNs - net.clock.nanoTime());
        return;
      } catch (Bang e) {
        // It has left poll; the next one goes on.
      }
    }
  }
}
