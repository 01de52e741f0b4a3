// SPDX-License-Identifier: Apache-2.0
package io.vireo.jmh;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * What Vireo's HTTP server is compared with: the same answer from one thread on the kernel's TCP, by a plain selector loop. It knows no more
 * of HTTP than a load generator needs: each empty line ends a request.
 */
public final class NioHttpServer {
  private static final String BODY = "Hello from Vireo, a TCP/IP stack in Java.\n";
  private static final byte[] ANSWER =
      ("HTTP/1.1 200 OK\r\nServer: Vireo\r\nContent-Type: text/plain\r\nContent-Length: "
              + BODY.length()
              + "\r\n\r\n"
              + BODY)
          .getBytes(StandardCharsets.US_ASCII);
  private static final int END_OF_REQUEST = '\r' << 24 | '\n' << 16 | '\r' << 8 | '\n';
  private static final int MOST_PIPELINED = 64;

  private final ByteBuffer input = ByteBuffer.allocateDirect(16 << 10);
  private final ByteBuffer answers = ByteBuffer.allocateDirect(MOST_PIPELINED * ANSWER.length);

  private NioHttpServer() {}

  /** Serves on the port that is the argument, until killed. */
  public static void main(String[] arguments) throws IOException {
    new NioHttpServer().serve(Integer.parseInt(arguments[0]));
  }

  private void serve(int port) throws IOException {
    try (Selector selector = Selector.open();
        ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(port), 1_024).configureBlocking(false);
      server.register(selector, SelectionKey.OP_ACCEPT);
      while (server.isOpen()) {
        selector.select(key -> onReady(selector, key));
      }
    }
  }

  private void onReady(Selector selector, SelectionKey key) {
    try {
      if (key.isAcceptable()) {
        SocketChannel accepted = ((ServerSocketChannel) key.channel()).accept();
        accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
        accepted.configureBlocking(false);
        accepted.register(selector, SelectionKey.OP_READ, new int[1]);
      } else {
        answer((SocketChannel) key.channel(), (int[]) key.attachment());
      }
    } catch (IOException e) {
      close(key);
    }
  }

  /** {@code lastFour} holds the last four bytes read, which may be half of an end of request. */
  private void answer(SocketChannel channel, int[] lastFour) throws IOException {
    input.clear();
    if (channel.read(input) < 0) {
      channel.close();
      return;
    }
    answers.clear();
    int last = lastFour[0];
    for (int i = 0; i < input.position(); i++) {
      last = last << 8 | (input.get(i) & 0xFF);
      if (last == END_OF_REQUEST) {
        answers.put(ANSWER);
      }
    }
    lastFour[0] = last;
    answers.flip();
    while (answers.hasRemaining()) {
      channel.write(answers);
    }
  }

  private static void close(SelectionKey key) {
    try {
      key.channel().close();
    } catch (IOException e) {
      key.cancel();
    }
  }
}
