// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** Many connections of the kernel's to an echo server at once, each with bytes of its own both ways. */
final class EchoClients {
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

    static void start(Selector selector, InetSocketAddress remote, long seed) throws IOException {
      SocketChannel channel = SocketChannel.open(remote);
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

  private EchoClients() {}

  /** Opens them all, runs what is given, and has all of them finish. */
  static void run(InetSocketAddress remote, int connections, Runnable established)
      throws IOException {
    try (Selector selector = Selector.open()) {
      for (int i = 0; i < connections; i++) {
        Echo.start(selector, remote, (long) i << 32);
      }
      established.run();
      ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
      ByteBuffer expected = ByteBuffer.allocate(1 << 16);
      int ended = 0;
      while (ended < connections) {
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
    }
  }
}
