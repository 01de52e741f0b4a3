// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import io.vireo.TcpServer;
import io.vireo.api.CloseReason;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** send and sink over a wire in memory: what they count, when they end, what they print. */
class BulkTransferTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long NO_END = Long.MAX_VALUE;

  private final StringWriter sent = new StringWriter();
  private final StringWriter received = new StringWriter();
  private MemoryNetwork network;

  /** A sink on the network, and a sender towards whatever listens there. */
  private BulkSender sender(long bytes, long ns, boolean live) {
    PrintWriter out = new PrintWriter(sent, true);
    return new BulkSender(bytes, ns, new Throughput(network.clientStack, network.clock, out, live));
  }

  private void sink(boolean live) {
    network = new MemoryNetwork(stack -> new SinkServer(
        new Throughput(stack.serverStack, stack.clock, new PrintWriter(received, true), live)));
  }

  private static String value(String key, StringWriter text) {
    List<String> lines = text.toString().lines().toList();
    for (String pair : lines.get(lines.size() - 1).split(" ", -1)) {
      if (pair.startsWith(key + "=")) {
        return pair.substring(key.length() + 1);
      }
    }
    throw new AssertionError("no " + key + ": " + text);
  }

  private void run(BulkSender sender) {
    network.connect(sender);
    network.run(() -> sender.end() != null, "the sender's end");
    network.run(() -> network.server.connectionCount() == 0, "the sink's end");
  }

  @Test
  void sendsSoManyBytesAndTheSinkCountsThem() throws Refusal {
    sink(false);
    BulkSender sender = sender(10_000_001, NO_END / 2, false);
    run(sender);
    sender.finish(new PrintWriter(sent, true));
    assertEquals(CloseReason.CLOSED, sender.end());
    assertEquals("send", value("command", sent));
    assertEquals("10000001", value("bytes", sent));
    assertEquals("closed", value("end", sent));
    assertEquals("0", value("retransmitted", sent));
    assertEquals("10.0.0.2:80", value("remote", sent));
    assertEquals("sink", value("command", received));
    assertEquals("10000001", value("bytes", received));
    assertEquals("closed", value("end", received));
    assertEquals(value("local", sent), value("remote", received));
    assertEquals(3, received.toString().lines().count(), received::toString);
  }

  @Test
  void rateIsThatOfTheTransferOnly() throws Refusal {
    sink(false);
    BulkSender sender = sender(20_000_000, NO_END / 2, false);
    run(sender);
    network.pass(5 * SECOND);
    sender.finish(new PrintWriter(sent, true));
    for (StringWriter text : List.of(sent, received)) {
      double seconds = Double.parseDouble(value("seconds", text));
      double mbit = Double.parseDouble(value("mbit", text));
      assertTrue(seconds > 0 && seconds < 5, text::toString);
      assertEquals(160 / seconds, mbit, 0.01 * mbit);
    }
  }

  @Test
  void endsWhenItsTimeIsOver() throws Refusal {
    sink(false);
    BulkSender sender = sender(NO_END, 2 * SECOND, false);
    run(sender);
    sender.finish(new PrintWriter(sent, true));
    double seconds = Double.parseDouble(value("seconds", sent));
    assertEquals(2, seconds, 0.1);
    assertEquals(value("bytes", sent), value("bytes", received));
  }

  @Test
  void printsALineEachSecond() throws Refusal {
    sink(true);
    BulkSender sender = sender(NO_END, 3 * SECOND + SECOND / 2, true);
    run(sender);
    sender.finish(new PrintWriter(sent, true));
    for (StringWriter text : List.of(sent, received)) {
      long lines =
          text.toString().lines().filter(line -> line.contains(" Mbit/s ")).count();
      assertEquals(3, lines, text::toString);
    }
  }

  @Test
  void noticesThatThePeerFinishedFirst() {
    network = new MemoryNetwork(new TcpHandler<Void>() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        c.sendFin();
        return 0;
      }
    });
    BulkSender sender = sender(NO_END, 60 * SECOND, false);
    run(sender);
    Refusal refusal = assertThrows(Refusal.class, () -> sender.finish(new PrintWriter(sent, true)));
    assertTrue(
        refusal.getMessage().matches("the peer finished after \\d+ bytes, before all was sent"),
        refusal::getMessage);
  }

  @Test
  void resetByThePeerHasAResult() {
    network = new MemoryNetwork(new TcpHandler<Void>() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        c.abort();
        return 0;
      }
    });
    BulkSender sender = sender(NO_END, 60 * SECOND, false);
    run(sender);
    assertEquals(CloseReason.RESET, sender.end());
    assertEquals("reset", value("end", sent));
  }

  @Test
  void interruptedTransfersSayWhatWasThereUntilThen() throws Refusal {
    sink(false);
    BulkSender sender = sender(NO_END, 60 * SECOND, false);
    network.connect(sender);
    network.pass(SECOND);
    sender.finish(new PrintWriter(sent, true));
    assertEquals("interrupted", value("end", sent));
    @SuppressWarnings("unchecked") // it is the sink's
    TcpServer<Throughput.Stream> server = (TcpServer<Throughput.Stream>) network.server;
    server.forEach(SinkServer::interrupted);
    assertEquals("interrupted", value("end", received));
    assertTrue(Long.parseLong(value("bytes", received)) > 0, received::toString);
  }
}
