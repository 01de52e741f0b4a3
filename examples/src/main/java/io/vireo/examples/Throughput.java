// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import io.vireo.TcpAddresses;
import io.vireo.TcpStack;
import io.vireo.api.Counter;
import io.vireo.time.NanoClock;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** How fast streams go: for people a line each second and one in the end, and after that one for programs. */
final class Throughput {
  /** Between two lines of a stream. */
  static final long LINE_NS = 1_000_000_000L;

  private static final Path OUTPUT = Path.of("/proc/self/fd/1");

  private final TcpStack stack;
  private final NanoClock clock;
  private final PrintWriter out;
  private final boolean live;

  /** With {@code live}, a line each second. */
  Throughput(TcpStack stack, NanoClock clock, PrintWriter out, boolean live) {
    this.stack = stack;
    this.clock = clock;
    this.out = out;
    this.live = live;
  }

  /** Whether somebody is looking at the standard output. */
  static boolean watched() {
    try {
      String output = Files.readSymbolicLink(OUTPUT).toString();
      return output.startsWith("/dev/pts/") || output.startsWith("/dev/tty");
    } catch (IOException e) {
      return false;
    }
  }

  boolean live() {
    return live;
  }

  /** The one stream of a connection that has just been established. */
  Stream stream(TcpAddresses connection) {
    return new Stream(connection);
  }

  /** Bytes of one direction of a connection. What is counted besides is the stack's: exact as long as it has one connection. */
  final class Stream {
    private final String local;
    private final String remote;
    private final long startNs = clock.nanoTime();
    private final long retransmittedBefore = stack.counter(Counter.SEGMENTS_RETRANSMITTED);
    private final long timeoutsBefore = stack.counter(Counter.RETRANSMIT_TIMEOUTS);
    private final long outOfOrderBefore = stack.counter(Counter.TCP_OUT_OF_ORDER);
    private final long duplicateBefore = stack.counter(Counter.TCP_DUPLICATE_DATA);
    private long bytes;
    private long bytesNs = startNs;
    private long lineNs = startNs;
    private long lineBytes;
    private boolean printed;

    private Stream(TcpAddresses connection) {
      local = text(connection.localAddress());
      remote = text(connection.remoteAddress());
    }

    /** So many bytes have arrived until now. */
    void arrived(long bytes) {
      if (bytes != this.bytes) {
        this.bytes = bytes;
        bytesNs = clock.nanoTime();
      }
    }

    long bytes() {
      return bytes;
    }

    /** The stream has reached its end: the time until now counts. */
    void finished() {
      bytesNs = clock.nanoTime();
    }

    /** What happened since the last line. */
    void printLine() {
      long nowNs = clock.nanoTime();
      out.printf(
          Locale.ROOT,
          "%s %6.1f s %9.2f Mbit/s %,15d bytes %,7d segments sent again%n",
          remote,
          (nowNs - startNs) / 1e9,
          mbit(bytes - lineBytes, nowNs - lineNs),
          bytes,
          since(Counter.SEGMENTS_RETRANSMITTED, retransmittedBefore));
      out.flush();
      lineNs = nowNs;
      lineBytes = bytes;
    }

    /**
     * The result, once.
     *
     * @param end one word: how the stream ended
     */
    void printResult(String command, String end) {
      if (printed) {
        return;
      }
      printed = true;
      long ns = bytesNs - startNs;
      long retransmitted = since(Counter.SEGMENTS_RETRANSMITTED, retransmittedBefore);
      long timeouts = since(Counter.RETRANSMIT_TIMEOUTS, timeoutsBefore);
      long outOfOrder = since(Counter.TCP_OUT_OF_ORDER, outOfOrderBefore);
      long duplicate = since(Counter.TCP_DUPLICATE_DATA, duplicateBefore);
      out.printf(
          Locale.ROOT,
          "local %s, remote %s: %,d bytes in %.3f s, %.2f Mbit/s%n"
              + "  sent again %,d segments, timeouts %,d; received early %,d, received twice %,d%n",
          local,
          remote,
          bytes,
          ns / 1e9,
          mbit(bytes, ns),
          retransmitted,
          timeouts,
          outOfOrder,
          duplicate);
      out.printf(
          Locale.ROOT,
          "command=%s end=%s bytes=%d seconds=%.6f mbit=%.3f retransmitted=%d timeouts=%d"
              + " out_of_order=%d duplicate=%d local=%s remote=%s%n",
          command,
          end,
          bytes,
          ns / 1e9,
          mbit(bytes, ns),
          retransmitted,
          timeouts,
          outOfOrder,
          duplicate,
          local,
          remote);
      out.flush();
    }

    private long since(Counter counter, long before) {
      return stack.counter(counter) - before;
    }
  }

  private static double mbit(long bytes, long ns) {
    return ns <= 0 ? 0 : 8e3 * bytes / ns;
  }

  private static String text(InetSocketAddress address) {
    return address.getAddress().getHostAddress() + ":" + address.getPort();
  }
}
