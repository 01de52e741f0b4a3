// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What the demo's clients do: many small requests over many connections, a large download, a large upload. All within a deadline. */
final class DemoClients {
  /** How much of it. */
  record Load(int connections, int requestsPerConnection, int transferBytes, Duration deadline) {}

  /** Bodies of the small requests: every second one has up to this many bytes of the pattern. */
  private static final int SMALL_BYTES = 4_000;

  private static final byte[] BODY = HttpServer.BODY.getBytes(US_ASCII);

  private final InetSocketAddress server;
  private final Load load;
  private final long startNs = System.nanoTime();
  private final DemoReport report;
  private final List<KernelClient> open = new ArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
    Thread thread = new Thread(task, "demo-client");
    thread.setDaemon(true);
    return thread;
  });

  DemoClients(InetSocketAddress server, Load load) {
    this.server = server;
    this.load = load;
    report = new DemoReport(load.connections());
  }

  /** Does it all, once. Whatever goes wrong is in the report. */
  DemoReport run() throws InterruptedException {
    try {
      requests();
      transfer("download", this::download);
      transfer("upload", this::upload);
    } finally {
      closeAll();
      threads.shutdownNow();
    }
    return report;
  }

  private void requests() throws InterruptedException {
    CountDownLatch connected = new CountDownLatch(load.connections());
    List<Future<?>> results = new ArrayList<>();
    long start = System.nanoTime();
    for (int i = 0; i < load.connections(); i++) {
      int seed = i;
      results.add(threads.submit(() -> requests(seed, connected)));
    }
    for (Future<?> result : results) {
      await("the requests", result);
    }
    report.onAllRequests(System.nanoTime() - start);
  }

  private Void requests(int seed, CountDownLatch connected) throws Exception {
    KernelClient client = connect(connected);
    connected.await(remainingMs(), TimeUnit.MILLISECONDS); // all at once
    for (int i = 0; i < load.requestsPerConnection(); i++) {
      int bytes = (seed * 997 + i * 37) % SMALL_BYTES;
      boolean pattern = i % 2 == 1;
      long start = System.nanoTime();
      byte[] body = client.get(pattern ? "/bytes/" + bytes : "/");
      long latencyNs = System.nanoTime() - start;
      if (!Arrays.equals(body, pattern ? pattern(bytes) : BODY)) {
        throw new IOException("the body of an answer is wrong");
      }
      report.onAnswer(body.length, latencyNs);
    }
    return null;
  }

  private void transfer(String name, Callable<Long> transfer) throws InterruptedException {
    Long ns = await("the " + name, threads.submit(transfer));
    if (ns != null) {
      report.onTransfer(name, load.transferBytes(), ns);
    }
  }

  private long download() throws IOException {
    KernelClient client = connect(null);
    long start = System.nanoTime();
    byte[] body = client.get("/bytes/" + load.transferBytes());
    long ns = System.nanoTime() - start;
    String expected = sha256(pattern(load.transferBytes()));
    String received = sha256(body);
    if (!received.equals(expected)) {
      throw new IOException("SHA-256 of what was sent is " + expected + ", received " + received);
    }
    return ns;
  }

  private long upload() throws IOException {
    byte[] bytes = pattern(load.transferBytes());
    KernelClient client = connect(null);
    long start = System.nanoTime();
    String answer = new String(client.put("/upload", bytes), US_ASCII);
    long ns = System.nanoTime() - start;
    String expected = "Received " + bytes.length + " bytes, SHA-256 " + sha256(bytes) + "\n";
    if (!answer.equals(expected)) {
      throw new IOException(
          "expected \"" + expected.strip() + "\", the server says \"" + answer.strip() + "\"");
    }
    return ns;
  }

  private KernelClient connect(CountDownLatch connected) throws IOException {
    try {
      KernelClient client = new KernelClient();
      synchronized (open) {
        open.add(client);
      }
      client.connect(server, remainingMs());
      return client;
    } finally {
      if (connected != null) {
        connected.countDown();
      }
    }
  }

  private <T> T await(String what, Future<T> result) throws InterruptedException {
    try {
      return result.get(remainingMs(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      report.error(what + ": " + (cause instanceof IOException ? cause.getMessage() : cause));
    } catch (TimeoutException e) {
      report.error(what + ": not done after " + load.deadline().toSeconds() + " s");
    }
    return null;
  }

  private int remainingMs() {
    long passedMs = (System.nanoTime() - startNs) / 1_000_000;
    return (int) Math.max(1, load.deadline().toMillis() - passedMs);
  }

  private void closeAll() {
    synchronized (open) {
      open.forEach(KernelClient::close);
    }
  }

  private static byte[] pattern(int bytes) {
    byte[] pattern = new byte[bytes];
    PatternBytes.fill(ByteBuffer.wrap(pattern), 0, bytes, 0);
    return pattern;
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every Java platform has it
    }
  }
}
