// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.linux.PrivateNetwork;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;

/**
 * An echo service of one network's kernel, and a client of another's who asks all the time, over a connection that he keeps and over a new one each time: no answer may be missing or
 * wrong until it is closed.
 */
final class KernelEcho implements AutoCloseable {
  static final int PORT = 81;

  private static final int BYTES = 3_000; // more than a segment
  private static final int PAUSE_MS = 5;
  private static final int PATIENCE_MS = 10_000;

  private final InetSocketAddress address;
  private final ServerSocket server;
  private final Socket kept;
  private final ExecutorService answering = Executors.newCachedThreadPool();
  private final ScheduledExecutorService asking = Executors.newSingleThreadScheduledExecutor();
  private final byte[] question = new byte[BYTES];
  private int rounds;
  private volatile Exception failure;

  KernelEcho(PrivateNetwork of, String address, PrivateNetwork asker) throws Exception {
    this.address = new InetSocketAddress(address, PORT);
    server = of.call(() -> new ServerSocket(PORT, 50, InetAddress.getByName(address)));
    answering.execute(this::accept);
    kept = asker.call(this::connect);
    asker.run(
        () -> { // whose thread is the model of the one that asks
          Future<?> unused = asking.scheduleWithFixedDelay(this::ask, 0, PAUSE_MS, MILLISECONDS);
        });
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket accepted = server.accept();
        answering.execute(() -> answer(accepted));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  /** What goes wrong here, the client misses. */
  private static void answer(Socket accepted) {
    byte[] bytes = new byte[BYTES];
    try (accepted) {
      for (int read = accepted.getInputStream().read(bytes);
          read >= 0;
          read = accepted.getInputStream().read(bytes)) {
        accepted.getOutputStream().write(bytes, 0, read);
      }
    } catch (IOException e) {
      return;
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket();
    socket.connect(address, PATIENCE_MS);
    socket.setSoTimeout(PATIENCE_MS);
    return socket;
  }

  private void ask() {
    if (failure != null) {
      return;
    }
    try (Socket fresh = connect()) {
      ask(kept);
      ask(fresh);
      fresh.shutdownOutput();
      if (fresh.getInputStream().read() >= 0) {
        throw new IOException("more than was sent");
      }
      rounds++;
    } catch (IOException | RuntimeException e) {
      failure = e;
    }
  }

  private void ask(Socket socket) throws IOException {
    PatternBytes.fill(ByteBuffer.wrap(question), 0, BYTES, (long) rounds * BYTES);
    socket.getOutputStream().write(question);
    if (!Arrays.equals(question, socket.getInputStream().readNBytes(BYTES))) {
      throw new IOException("not what was sent");
    }
  }

  /** Ends, after the last answer. */
  @Override
  public void close() throws IOException {
    try (server;
        kept) {
      awaitEnd(asking, 2 * PATIENCE_MS);
      if (failure != null) {
        throw new AssertionError(address + ", after " + rounds + " rounds", failure);
      }
      assertTrue(rounds > 0, "nothing was asked");
    }
    awaitEnd(answering, PATIENCE_MS); // the server's connections have ended with the client's
  }

  private static void awaitEnd(ExecutorService executor, int patienceMs) {
    executor.shutdown();
    try {
      assertTrue(executor.awaitTermination(patienceMs, MILLISECONDS), "no end");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
