// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Once warm, a request costs the server no allocation: neither in its handler nor in the stack. */
class HttpAllocationTest {
  private static final int WARM_UP = 20_000;
  private static final int MEASURED = 10_000;

  /** The JVM itself allocates once in a while, for a method that is compiled anew, say: the least of some windows counts. */
  private static final int WINDOWS = 4;

  /** Sends a request again and again, and allocates nothing itself. */
  private static final class Repeater implements TcpHandler<Void> {
    private final ByteBuffer request;
    private final int answerBytes;
    private int received;
    private int rounds;

    Repeater(String request, int answerBytes) {
      byte[] bytes = request.getBytes(US_ASCII);
      this.request = ByteBuffer.allocateDirect(bytes.length).put(bytes);
      this.answerBytes = answerBytes;
    }

    @Override
    public void onConnectionEstablished(TcpConnection<Void> connection) {
      connection.send(request, 0, request.capacity());
    }

    @Override
    public int onData(TcpConnection<Void> connection, ByteBuffer memory, int offset, int length) {
      received += length;
      if (received == answerBytes) {
        received = 0;
        rounds++;
        connection.send(request, 0, request.capacity());
      }
      return 0;
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n",
        "GET /bytes/4000 HTTP/1.1\r\n\r\n",
        "HEAD / HTTP/1.1\r\n\r\n",
        "PUT /upload HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
      })
  void requestsAllocateNothing(String request) {
    HttpServer http = new HttpServer();
    MemoryNetwork network = new MemoryNetwork(http);
    Repeater repeater = new Repeater(request, answerBytes(request));
    network.connect(repeater);
    network.run(() -> repeater.rounds >= WARM_UP, "warm");

    long least = Long.MAX_VALUE;
    for (int window = 1; window <= WINDOWS; window++) {
      int end = WARM_UP + window * MEASURED;
      long empty = allocatedBy(() -> network.run(() -> true, "nothing"));
      long full = allocatedBy(() -> network.run(() -> repeater.rounds >= end, "measured"));
      least = Math.min(least, full - empty);
    }

    assertEquals(0, least / MEASURED, "bytes per request");
    assertTrue(http.requests() >= WARM_UP + WINDOWS * MEASURED);
  }

  private static long allocatedBy(Runnable action) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    long before = threads.getThreadAllocatedBytes(thread);
    action.run();
    return threads.getThreadAllocatedBytes(thread) - before;
  }

  /** How long the answer to this is. */
  private static int answerBytes(String request) {
    ScriptedClient client = new MemoryNetwork(new HttpServer()).connect();
    client.sends(request.replaceFirst("\r\n", "\r\nConnection: close\r\n"));
    return client.receivesAll() - "Connection: close\r\n".length();
  }
}
