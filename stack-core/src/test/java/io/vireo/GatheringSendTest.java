// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.MS;
import static io.vireo.TwoStacks.SECOND;
import static io.vireo.TwoStacks.SERVER;
import static io.vireo.Watched.bytes;
import static io.vireo.Watched.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import io.vireo.api.TcpSettings;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** send of several buffers at once. */
class GatheringSendTest {
  private static final int BUFFER = 8_192;

  private final TwoStacks net = new TwoStacks(settings -> settings.withFramesPerPoll(1));
  private final Watched<Void> serverSide = new Watched<>();
  private final Watched<Void> clientSide = new Watched<>();

  private TcpConnection<Void> connect() {
    net.server(serverSide);
    TcpConnection<Void> c = net.client(
            TcpSettings.defaults().withSendBufferBytes(BUFFER), clientSide)
        .connect(SERVER, null);
    net.runFor(SECOND);
    return c;
  }

  private static int[] positions(ByteBuffer[] sources) {
    return Arrays.stream(sources).mapToInt(ByteBuffer::position).toArray();
  }

  @Test
  void buffersOfAnyKindLeaveOneAfterTheOtherInOneSegment() {
    TcpConnection<Void> c = connect();
    ByteBuffer direct = ByteBuffer.allocateDirect(8).put(bytes("--direct")).position(2);
    ByteBuffer[] sources = {
      bytes("not this"),
      bytes("heap, "),
      direct,
      bytes(""),
      bytes(", read-only!!").limit(11).asReadOnlyBuffer(),
      bytes("nor this")
    };
    long before = net.left.counter(Counter.SEGMENTS_SENT);
    assertEquals(6 + 6 + 11, c.send(sources, 1, 4));
    assertEquals(before + 1, net.left.counter(Counter.SEGMENTS_SENT));
    assertEquals(
        List.of(0, 6, 8, 0, 11, 0), Arrays.stream(positions(sources)).boxed().toList());
    net.runFor(MS);
    assertEquals("heap, direct, read-only", serverSide.only().received.toString());
  }

  @Test
  void itStopsAtTheFirstThatDoesNotFitWhole() {
    TcpConnection<Void> c = connect();
    ByteBuffer[] sources = {
      ByteBuffer.allocate(8_000), ByteBuffer.allocate(300), ByteBuffer.allocate(10)
    };
    assertEquals(BUFFER, c.send(sources, 0, 3));
    assertEquals(
        List.of(8_000, 192, 0), Arrays.stream(positions(sources)).boxed().toList());
    assertEquals(0, c.send(sources, 0, 3));
    net.runFor(SECOND);
    assertEquals(List.of("established", "moreSendable"), clientSide.events);
    assertEquals(118, c.send(sources, 0, 3));
    net.runFor(SECOND);
    assertEquals(8_310, serverSide.only().received.length());
    assertEquals(2, clientSide.events.size());
  }

  @Test
  void sendingWhatIsSentAlreadyOrNothingDoesNothing() {
    TcpConnection<Void> c = connect();
    ByteBuffer twice = bytes("once");
    long before = net.left.counter(Counter.SEGMENTS_SENT);
    assertEquals(0, c.send(new ByteBuffer[0], 0, 0));
    assertEquals(0, c.send(new ByteBuffer[] {twice}, 1, 0));
    assertEquals(before, net.left.counter(Counter.SEGMENTS_SENT));
    assertEquals(4, c.send(new ByteBuffer[] {twice, twice}, 0, 2));
    net.runFor(MS);
    assertEquals("once", serverSide.only().received.toString());
  }

  // SD-15
  @Test
  void aWrongRangeIsRefusedBeforeAnythingIsTaken() {
    TcpConnection<Void> c = connect();
    ByteBuffer[] sources = {bytes("a"), bytes("b"), null};
    int[][] wrong = {
      {0, 4}, {3, 1}, {4, 0}, {-1, 1}, {0, -1}, {1, Integer.MAX_VALUE}, {Integer.MIN_VALUE, 1}
    };
    for (int[] range : wrong) {
      var e =
          assertThrows(IllegalArgumentException.class, () -> c.send(sources, range[0], range[1]));
      assertTrue(e.getMessage().contains("first " + range[0]), e.getMessage());
      assertTrue(e.getMessage().contains("count " + range[1]), e.getMessage());
      assertTrue(e.getMessage().contains("array of 3"), e.getMessage());
    }
    var e = assertThrows(IllegalArgumentException.class, () -> c.send(sources, 0, 3));
    assertTrue(e.getMessage().contains("buffer 2 is null"), e.getMessage());
    assertEquals(0, sources[0].position());
    assertEquals(2, c.send(sources, 0, 2));
  }

  // APP-07
  @Test
  void afterTheEndNothingIsTaken() {
    TcpConnection<Void> c = connect();
    ByteBuffer[] sources = {bytes("late")};
    send(c, "last");
    c.sendFin();
    assertThrows(IllegalStateException.class, () -> c.send(sources, 0, 1));
    c.abort();
    net.runFor(SECOND);
    assertThrows(IllegalStateException.class, () -> c.send(sources, 0, 1));
    TcpConnection<Void> other = net.client(new Watched<Void>()).connect(SERVER, null);
    other.abort();
    assertEquals(0, other.send(sources, 0, 1));
    assertEquals(0, sources[0].position());
  }
}
