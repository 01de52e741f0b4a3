// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.Base64;
import org.HdrHistogram.Histogram;

/**
 * The client of all echo servers: one message out and back at a time, by the kernel's TCP, spinning. The servers take turns, so that whatever happens to the machine happens to all of them, and
 * they find the same compiled code.
 */
final class RoundTrips {
  private static final int SIZE = 64;
  private static final long LONGEST_NS = 3_600_000_000_000L;
  private static final int DIGITS = 3;
  private static final int CONNECT_PATIENCE_MS = 5_000;
  private static final long LONGEST_SILENCE_NS = 5_000_000_000L;

  private final ByteBuffer message = ByteBuffer.allocateDirect(SIZE);
  private final ByteBuffer answer = ByteBuffer.allocateDirect(SIZE);
  private byte round;

  RoundTrips() {}

  /** Rounds, milliseconds of warm-up in each turn, milliseconds measured, then servers as ADDRESS:PORT. Prints a line per turn: the server's index, and its latencies. */
  public static void main(String[] args) throws IOException {
    StandardInput.endWithIt();
    int rounds = Integer.parseInt(args[0]);
    long warmUpNs = Long.parseLong(args[1]) * 1_000_000;
    long measuredNs = Long.parseLong(args[2]) * 1_000_000;
    RoundTrips client = new RoundTrips();
    for (int round = 0; round < rounds; round++) {
      for (int i = 3; i < args.length; i++) {
        Histogram latencies = client.turn(address(args[i]), warmUpNs, measuredNs);
        System.out.println((i - 3) + " " + encode(latencies));
      }
    }
  }

  /** {@code text}: ADDRESS:PORT. */
  static InetSocketAddress address(String text) {
    int colon = text.indexOf(':');
    return new InetSocketAddress(
        text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
  }

  static Histogram emptyHistogram() {
    return new Histogram(LONGEST_NS, DIGITS);
  }

  private static String encode(Histogram latencies) {
    ByteBuffer bytes = ByteBuffer.allocate(latencies.getNeededByteBufferCapacity());
    int length = latencies.encodeIntoCompressedByteBuffer(bytes);
    return Base64.getEncoder().encodeToString(Arrays.copyOf(bytes.array(), length));
  }

  Histogram turn(InetSocketAddress server, long warmUpNs, long measuredNs) throws IOException {
    try (SocketChannel channel = connect(server)) {
      repeat(channel, emptyHistogram(), warmUpNs);
      Histogram latencies = emptyHistogram();
      repeat(channel, latencies, measuredNs);
      return latencies;
    }
  }

  /** The first round trips of a new connection, in nanoseconds, in order. */
  long[] first(InetSocketAddress server, int count) throws IOException {
    long[] latencies = new long[count];
    try (SocketChannel channel = connect(server)) {
      for (int i = 0; i < count; i++) {
        latencies[i] = once(channel);
      }
    }
    return latencies;
  }

  private static SocketChannel connect(InetSocketAddress server) throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      channel.socket().connect(server, CONNECT_PATIENCE_MS);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.configureBlocking(false);
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private void repeat(SocketChannel channel, Histogram latencies, long forNs) throws IOException {
    long beginNs = System.nanoTime();
    while (System.nanoTime() - beginNs < forNs) {
      latencies.recordValue(Math.min(once(channel), LONGEST_NS));
    }
  }

  private long once(SocketChannel channel) throws IOException {
    message.clear();
    message.put(0, ++round);
    long startNs = System.nanoTime();
    while (message.hasRemaining()) {
      channel.write(message);
    }
    receive(channel, startNs);
    long endNs = System.nanoTime();
    if (answer.get(0) != round) {
      throw new IOException("what came back is not what was sent");
    }
    return endNs - startNs;
  }

  private void receive(SocketChannel channel, long startNs) throws IOException {
    answer.clear();
    for (int tries = 1; answer.hasRemaining(); tries++) {
      int read = channel.read(answer);
      if (read < 0) {
        throw new EOFException("the server has ended the connection");
      }
      if ((tries & 0xFFFF) == 0 && System.nanoTime() - startNs > LONGEST_SILENCE_NS) {
        throw new IOException("the server has fallen silent");
      }
    }
  }
}
