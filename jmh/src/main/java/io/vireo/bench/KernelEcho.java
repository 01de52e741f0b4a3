// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** Sends back what comes, by the kernel's TCP: one connection at a time, spinning while there is one. */
final class KernelEcho {
  private static final int BUFFER_BYTES = 1 << 16;

  private KernelEcho() {}

  /** Address and port. Prints a line once it listens. */
  public static void main(String[] args) throws IOException {
    StandardInput.endWithIt();
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(args[0], Integer.parseInt(args[1])));
      System.out.println("listening");
      while (server.isOpen()) {
        try (SocketChannel channel = server.accept()) {
          channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
          channel.configureBlocking(false);
          echo(channel, buffer);
        }
      }
    }
  }

  private static void echo(SocketChannel channel, ByteBuffer buffer) throws IOException {
    while (channel.read(buffer.clear()) >= 0) {
      buffer.flip();
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    }
  }
}
