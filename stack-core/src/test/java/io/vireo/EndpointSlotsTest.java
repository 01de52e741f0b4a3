// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.MS;
import static io.vireo.TwoStacks.SERVER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.CloseReason;
import io.vireo.api.TcpSettings;
import io.vireo.tcp.Connection;
import io.vireo.tcp.StateGauge;
import io.vireo.tcp.TcpLayer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A program may make an endpoint for each of its tasks, and close it again: the stack does not grow. */
class EndpointSlotsTest {
  private static final long SEED = 0x5107;
  private static final int MOST_CONNECTIONS = 20;

  private final TwoStacks net = new TwoStacks();

  @Test
  void endpointsThatComeAndGoTakeEachOthersPlaces() {
    net.server(TcpSettings.defaults().withConnections(1_000), new TcpHandler<>() {});
    SplittableRandom random = new SplittableRandom(SEED);
    Set<Long> ids = new HashSet<>();
    List<TcpClient<Void>> open = new ArrayList<>();
    Watched<Void> watched = new Watched<>();
    int connected = 0;
    for (int round = 0; round < 500; round++) {
      int connections = 1 + random.nextInt(MOST_CONNECTIONS);
      TcpClient<Void> client =
          net.client(TcpSettings.defaults().withConnections(connections), watched);
      open.add(client);
      for (int i = 0; i < connections; i++) {
        long id = client.connect(SERVER, null).id();
        assertTrue(ids.add(id), "an id again, seed " + SEED);
        assertTrue(TcpLayer.slotOf(id) < 2_000, "slot " + TcpLayer.slotOf(id) + ", seed " + SEED);
        connected++;
      }
      net.runFor(random.nextInt(3) * MS);
      if (open.size() > 3) {
        open.remove(random.nextInt(open.size())).close();
      }
    }
    net.left.close();
    assertEquals(connected, watched.ends.size(), "seed " + SEED);
    assertTrue(watched.ends.stream().allMatch(CloseReason.SHUT_DOWN::equals));
    assertEquals(0, net.left.arena().usedBytes());
  }

  /** Bytes beyond a gap came to it: that is no reason to remember a connection when its endpoint is closed. */
  @Test
  void nothingRemembersTheConnectionsOfClosedEndpoints() {
    ByteBuffer bytes = ByteBuffer.allocate(20_000);
    net.server(TcpSettings.defaults(), new TcpHandler<Void>() {
      @Override
      public void onConnectionEstablished(TcpConnection<Void> connection) {
        connection.send(bytes, 0, 10_000);
      }
    });
    TcpClient<Void> client = net.client(TcpSettings.defaults(), new TcpHandler<Void>() {});
    Connection[] connections = StackInspection.connections(client);
    boolean[] lost = new boolean[1];
    net.leftNic.lose((memory, offset, length) -> {
      boolean loses = !lost[0]
          && FilterNic.isTcp(memory, offset, length)
          && FilterNic.payloadLength(memory, offset) > 0;
      lost[0] |= loses;
      return loses;
    });
    client.connect(SERVER, null);
    net.runFor(1_000 * MS);
    assertTrue(lost[0]);
    client.close();
    net.runFor(MS);
    for (Connection connection : connections) {
      assertFalse(StateGauge.stands(connection));
    }
  }
}
