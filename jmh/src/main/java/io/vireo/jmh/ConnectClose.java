// SPDX-License-Identifier: Apache-2.0
package io.vireo.jmh;

import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import io.vireo.api.CloseReason;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The life of a connection without data: SYN, SYN-ACK, ACK, FIN both ways, TIME-WAIT at the client. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ConnectClose {
  /** Entries in TIME-WAIT that the client carries along; the oldest is recycled. */
  @Param({"16", "65536"})
  public int timeWait;

  /** The server listens on so many ports, for no client has 65,536 of its own. */
  private static final int PORTS = 8;

  private static final int FIRST_PORT = 100;

  private final Closer closer = new Closer();
  private final InetSocketAddress[] remotes = new InetSocketAddress[PORTS];
  private int next;
  private Pair pair;

  /** Finishes as soon as it can. */
  private static final class Closer implements TcpHandler<Void> {
    private int closed;

    @Override
    public void onConnectionEstablished(TcpConnection<Void> c) {
      c.sendFin();
    }

    @Override
    public void onConnectionClosed(TcpConnection<Void> c, CloseReason reason) {
      if (reason != CloseReason.CLOSED) {
        throw new AssertionError(reason);
      }
      closed++;
    }
  }

  /** Finishes when the client has: the default. */
  private static final class Follower implements TcpHandler<Void> {}

  /** Makes the stacks, and fills TIME-WAIT. */
  @Setup
  public void open() {
    pair = new Pair(
        false,
        false,
        StackSettings.of("10.0.0.1/24").withTimeWaitConnections(timeWait),
        TcpSettings.defaults(),
        closer,
        new Follower());
    for (int i = 0; i < PORTS; i++) {
      pair.server.listen(FIRST_PORT + i);
      remotes[i] = new InetSocketAddress("10.0.0.2", FIRST_PORT + i);
    }
    for (int i = 0; i < timeWait; i++) {
      connectAndClose();
    }
  }

  /** One connection. */
  @Benchmark
  public int connectAndClose() {
    int before = closer.closed;
    pair.advance(1_000);
    pair.client.connect(remotes[next], null);
    next = (next + 1) % PORTS;
    while (closer.closed == before) {
      pair.right.poll();
      pair.left.poll();
    }
    return closer.closed;
  }
}
