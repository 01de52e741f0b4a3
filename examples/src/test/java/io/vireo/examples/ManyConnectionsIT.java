// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.api.Counter;
import io.vireo.nic.linux.InPrivateNetwork;
import io.vireo.nic.linux.PrivateNetwork;
import io.vireo.testing.NeedsProgram;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A thousand connections of the kernel's at once, each with bytes of its own both ways. */
@InPrivateNetwork
@NeedsProgram("ip")
@Timeout(120)
class ManyConnectionsIT {
  private static final int CONNECTIONS = 1_000;
  private static final int BYTES = 100_000;

  /** One connection: what it still has to send, what it still expects. */
  private static final class Echo {
    private final SocketChannel channel;
    private final long seed;
    private final ByteBuffer sending = ByteBuffer.allocate(4_096).limit(0);
    private int filled;
    private int received;

    private Echo(SocketChannel channel, long seed) {
      this.channel = channel;
      this.seed = seed;
    }

    static void start(Selector selector, long seed) throws IOException {
      SocketChannel channel = SocketChannel.open(TapServer.REMOTE);
      channel.configureBlocking(false);
      Echo echo = new Echo(channel, seed);
      channel.register(selector, SelectionKey.OP_READ | SelectionKey.OP_WRITE, echo);
    }

    private void send(SelectionKey key) throws IOException {
      if (!sending.hasRemaining() && filled < BYTES) {
        sending.clear().limit(Math.min(sending.capacity(), BYTES - filled));
        PatternBytes.fill(sending, 0, sending.limit(), seed + filled);
        filled += sending.limit();
      }
      channel.write(sending);
      if (filled == BYTES && !sending.hasRemaining()) {
        channel.shutdownOutput();
        key.interestOps(SelectionKey.OP_READ);
      }
    }

    /** Returns whether that was the end. */
    private boolean receive(ByteBuffer buffer, ByteBuffer expected) throws IOException {
      int bytes = channel.read(buffer.clear());
      if (bytes < 0) {
        assertEquals(BYTES, received);
        channel.close();
        return true;
      }
      PatternBytes.fill(expected.clear(), 0, bytes, seed + received);
      assertEquals(expected.limit(bytes), buffer.flip());
      received += bytes;
      return false;
    }
  }

  @Test
  void eachGetsItsOwnBytesBack(PrivateNetwork network) throws Exception {
    try (TapServer server = new TapServer(new EchoServer());
        Selector selector = Selector.open()) {
      network.execute("ip", "link", "set", TapServer.TAP, "txqueuelen", "10000");
      for (int i = 0; i < CONNECTIONS; i++) {
        Echo.start(selector, (long) i << 32);
      }
      while (server.stack.counter(Counter.CONNECTIONS_ACCEPTED) < CONNECTIONS) {
        Thread.onSpinWait(); // for the last ACK
      }
      ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
      ByteBuffer expected = ByteBuffer.allocate(1 << 16);
      int ended = 0;
      while (ended < CONNECTIONS) {
        selector.select();
        for (SelectionKey key : selector.selectedKeys()) {
          Echo echo = (Echo) key.attachment();
          if (key.isReadable() && echo.receive(buffer, expected)) {
            ended++;
          } else if (key.isWritable()) {
            echo.send(key);
          }
        }
        selector.selectedKeys().clear();
      }
      server.awaitEndOfConnections();
      assertEquals(0, server.stack.counter(Counter.HANDLER_FAILURES));
    }
  }
}
