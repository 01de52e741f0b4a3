// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import io.vireo.TcpStack;
import io.vireo.api.Counter;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SynchronizedHistogram;

/** What happened in the demo. */
final class DemoReport {
  private static final long LONGEST_NS = 3_600_000_000_000L;

  private static final int MOST_ERRORS_SHOWN = 10;

  private record Transfer(String name, long bytes, long ns) {}

  private final Histogram latencies = new SynchronizedHistogram(LONGEST_NS, 3);
  private final List<Transfer> transfers = new ArrayList<>();
  private final List<String> errors = new ArrayList<>();
  private final AtomicLong verifiedBytes = new AtomicLong();
  private final int connections;
  private long requestsNs;

  /** Of requests on so many connections at once. */
  DemoReport(int connections) {
    this.connections = connections;
  }

  /** An answer has come, and its bytes are what they should be. Any thread. */
  void onAnswer(long bytes, long latencyNs) {
    latencies.recordValue(Math.min(latencyNs, LONGEST_NS));
    verifiedBytes.addAndGet(bytes);
  }

  void onAllRequests(long ns) {
    requestsNs = ns;
  }

  void onTransfer(String name, long bytes, long ns) {
    transfers.add(new Transfer(name, bytes, ns));
    verifiedBytes.addAndGet(bytes);
  }

  void error(String text) {
    errors.add(text);
  }

  boolean failed() {
    return !errors.isEmpty();
  }

  void print(TcpStack stack, PrintWriter out) {
    line(out, "handshakes", "%,d", stack.counter(Counter.CONNECTIONS_ACCEPTED));
    line(
        out,
        "requests",
        "%,d in %.2f s, %,.0f per second",
        latencies.getTotalCount(),
        requestsNs / 1e9,
        latencies.getTotalCount() / (requestsNs / 1e9));
    line(
        out,
        "latency, µs",
        "%s; %,d connections ask at once",
        Percentiles.oneLine(latencies),
        connections);
    for (Transfer transfer : transfers) {
      line(
          out,
          transfer.name,
          "%,d bytes in %.2f s, %,.0f Mbit/s, SHA-256 equal",
          transfer.bytes,
          transfer.ns / 1e9,
          transfer.bytes * 8e3 / transfer.ns);
    }
    line(out, "verified", "%,d bytes", verifiedBytes.get());
    line(out, "retransmissions", "%,d", stack.counter(Counter.SEGMENTS_RETRANSMITTED));
    line(out, "errors", "%,d", errors.size());
    for (String error : errors.subList(0, Math.min(errors.size(), MOST_ERRORS_SHOWN))) {
      out.println("    " + error);
    }
    out.println(failed() ? "FAILED" : "All as it should be.");
    out.flush();
  }

  private static void line(PrintWriter out, String name, String format, Object... values) {
    out.printf(Locale.ROOT, "  %-16s %s%n", name, String.format(Locale.ROOT, format, values));
  }
}
