// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.TcpServer;
import io.vireo.TcpStack;
import io.vireo.api.Counter;
import io.vireo.api.StackSettings;
import io.vireo.nic.Nic;
import io.vireo.nic.linux.NetworkPair;
import io.vireo.testing.NeedsProgram;
import io.vireo.testing.NeedsTap;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Real programs at the far end of a cable, and a stack at the near end that has the kernel's address. Beside it the kernel serves and asks on the same address all the time: whoever
 * asks there gets every answer, and the kernel sees no segment that it would have to reset. Each backend that shares addresses runs this.
 */
@NeedsTap
@Timeout(60)
abstract class SharedAddressPeers {
  private static final String NEAR = "10.9.0.1";
  private static final String FAR = "10.9.0.2";
  private static final int HTTP = 80;
  private static final int PORT = 9_000;
  private static final String URL = "http://" + NEAR;
  private static final InetSocketAddress REMOTE = new InetSocketAddress(NEAR, HTTP);
  private static final int RECORDED_BYTES = 1_000_000; // tshark takes its time
  private static final int PATIENCE_SECONDS = 20;

  @RegisterExtension
  final Recordings recordings = new Recordings(NEAR);

  @TempDir
  private Path directory;

  private NetworkPair pair;
  private StackThread server;
  private final List<KernelEcho> neighbours = new ArrayList<>();

  /** Makes the networks, and the cable. */
  abstract NetworkPair connectNetworks() throws Exception;

  /** Opens the NIC on the interface "near" of the calling thread's network. */
  abstract Nic open() throws IOException;

  /** The same for the vireo command. */
  abstract String option();

  @BeforeEach
  void connect() throws Exception {
    pair = connectNetworks();
  }

  private void serve(UnaryOperator<Nic> wrap, Consumer<TcpStack> endpoints) throws Exception {
    server = pair.nearNetwork.call(
        () -> new StackThread(wrap.apply(open()), StackSettings.ofInterface(), endpoints));
    startNeighbours();
  }

  /** The kernel at the near end serves, and asks. */
  private void startNeighbours() throws Exception {
    neighbours.add(new KernelEcho(pair.nearNetwork, NEAR, pair.farNetwork));
    neighbours.add(new KernelEcho(pair.farNetwork, FAR, pair.nearNetwork));
  }

  private void endNeighbours() throws Exception {
    for (KernelEcho neighbour : neighbours) {
      neighbour.close();
    }
    neighbours.clear();
  }

  private void serveHttp(UnaryOperator<Nic> wrap) throws Exception {
    serve(wrap, stack -> new TcpServer<>(stack, TapServer.SETTINGS, new HttpServer()).listen(HTTP));
  }

  /** Carries connections to this port of the near end on to the same port of the far end. */
  private void relay(UnaryOperator<Nic> wrap, int port) throws Exception {
    serve(wrap, stack -> Relay.listen(stack, TapServer.SETTINGS, FAR, port));
  }

  @AfterEach
  void nobodyHasNoticed() throws Exception {
    try {
      endNeighbours();
      if (server != null) {
        server.awaitEndOfConnections();
        assertEquals(0, server.stack.counter(Counter.HANDLER_FAILURES));
        assertEquals(0, server.stack.counter(Counter.TCP_BAD_CHECKSUM));
      }
      assertKernelUnaware();
    } finally {
      if (server != null) {
        server.close();
      }
      pair.close();
    }
  }

  /** Whether frames are lost on the way, those of the kernel's own connections included: how it ends these is then its own affair. */
  boolean losesFrames() {
    return false;
  }

  private void assertKernelUnaware() throws Exception {
    List<String> signs = new ArrayList<>(List.of("EstabResets", "AttemptFails", "InErrs"));
    boolean resets = server != null && server.stack.counter(Counter.RESETS_SENT) > 0;
    if (!resets && !losesFrames()) {
      signs.add("OutRsts"); // else it may get what a peer sent before our reset reached it
    }
    pair.nearNetwork.run(() -> {
      for (String sign : signs) {
        assertEquals(0, KernelTcp.count(sign), sign);
      }
    });
  }

  private void awaitCount(Counter counter, long count) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (server.stack.counter(counter) < count) {
      assertTrue(System.nanoTime() - end < 0, () -> counter + " does not become " + count);
      Thread.onSpinWait();
    }
  }

  // ---- HTTP

  @Test
  @NeedsProgram({"curl", "tshark"})
  void curlGetsEverySizeOverOneConnection() throws Exception {
    serveHttp(recordings.clean());
    new CurlTalk(pair.farNetwork, URL, directory, RECORDED_BYTES).everySizeComes();
    assertEquals(1, server.stack.counter(Counter.CONNECTIONS_ACCEPTED));
  }

  @Test
  @NeedsProgram({"curl", "tshark"})
  void curlPutsEverySizeOverAConnectionEach() throws Exception {
    serveHttp(recordings.clean());
    CurlTalk talk = new CurlTalk(pair.farNetwork, URL, directory, RECORDED_BYTES);
    talk.everySizeGoesUp("-H", "Connection: close");
    assertEquals(talk.requests(), server.stack.counter(Counter.CONNECTIONS_ACCEPTED));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-n 2000 -c 50", "-k -n 20000 -c 100"})
  @NeedsProgram("ab")
  void abFailsNoRequest(String arguments) throws Exception {
    serveHttp(nic -> nic);
    String[] words = arguments.split(" ", -1);
    String report =
        pair.farNetwork.execute(("ab -q " + arguments + " " + URL + "/").split(" ", -1));
    LoadToolsIT.assertComplete(report, Integer.parseInt(words[words.length - 3]));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Connection: close"})
  @NeedsProgram("wrk")
  void wrkFailsNoRequest(String header) throws Exception {
    serveHttp(nic -> nic);
    List<String> command = new ArrayList<>(List.of("wrk", "-t1", "-c50", "-d1s", URL + "/"));
    if (!header.isEmpty()) {
      command.addAll(List.of("-H", header));
    }
    LoadToolsIT.assertRequests(pair.farNetwork.execute(command.toArray(String[]::new)), 200);
  }

  @Test
  @Tag("long")
  void twoHundredMegabytesEachWay() throws Exception {
    long bytes = 200_000_000;
    serveHttp(nic -> nic);
    String hash = KernelTransfer.hashOfPattern(bytes);
    assertEquals(hash, pair.farNetwork.call(() -> KernelTransfer.download(REMOTE, bytes)));
    assertEquals(hash, pair.farNetwork.call(() -> KernelTransfer.upload(REMOTE, bytes)));
  }

  @Test
  void twoHundredConnectionsAtOnce() throws Exception {
    int connections = 200;
    serve(
        nic -> nic,
        stack -> new TcpServer<>(stack, TapServer.SETTINGS, new EchoServer()).listen(HTTP));
    pair.farNetwork.run(() -> EchoClients.run(
        REMOTE, connections, () -> awaitCount(Counter.CONNECTIONS_ACCEPTED, connections)));
  }

  // ---- Through the stack, which is server to the one and client to the other

  @Test
  @NeedsProgram({"socat", "tshark"})
  void socatFinishesFirstAtEitherEndAndGetsTheRest() throws Exception {
    relay(recordings.clean(), PORT);
    SocatTalk talk = socat();
    talk.clientFinishesFirst();
    talk.serverFinishesFirst();
    talk.bothFinishAtOnce();
  }

  private SocatTalk socat() throws Exception {
    return new SocatTalk(pair.farNetwork, FAR, NEAR, PORT, directory, RECORDED_BYTES);
  }

  @Test
  @NeedsProgram({"openssl", "sha256sum"})
  void opensslFindsNoWrongByte() throws Exception {
    relay(nic -> nic, PORT);
    TlsTalk talk = new TlsTalk(pair.farNetwork, FAR, NEAR, PORT, directory);
    talk.upload(16 << 20);
    talk.download(16 << 20);
  }

  @Test
  @NeedsProgram({"redis-server", "redis-benchmark"})
  void redisAnswersClientsAndPipelines() throws Exception {
    relay(nic -> nic, RedisIT.PORT);
    try (Daemon redis = RedisIT.serve(pair.farNetwork, FAR, directory)) {
      RedisIT.benchmark(pair.farNetwork, NEAR, "-c 1 -n 2000 -t ping_mbulk,set,get");
      RedisIT.benchmark(pair.farNetwork, NEAR, "-c 50 -n 10000 -t set,get");
      RedisIT.benchmark(pair.farNetwork, NEAR, "-c 20 -n 50000 -P 100 -t set,get");
      RedisIT.benchmark(pair.farNetwork, NEAR, "-c 10 -n 300 -d 100000 -t set,get");
      assertTrue(redis.process.isAlive());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-t 1", "-t 1 -R"})
  @Tag("long")
  @NeedsProgram("iperf3")
  void iperfEndsWithoutError(String arguments) throws Exception {
    relay(nic -> nic, IperfIT.PORT);
    IperfIT.measure(pair.farNetwork, FAR, NEAR, directory, arguments);
  }

  // ---- Peers that are killed

  @Test
  @NeedsProgram("curl")
  void clientsKilledWhileTheyReceiveAndSend() throws Exception {
    serveHttp(nic -> nic);
    for (int i = 1; i <= 3; i++) {
      Process receiver = pair.farNetwork.start("curl", "-sN", URL + "/bytes/100000000000");
      assertEquals(1_000_000, receiver.getInputStream().readNBytes(1_000_000).length);
      kill(receiver);
      awaitCount(Counter.CONNECTIONS_CLOSED, 2L * i - 1);
      Process sender = pair.farNetwork.start(
          "curl", "-sT", "-", "-H", "Content-Length: 99999999999", "-H", "Transfer-Encoding:", URL);
      try (OutputStream input = sender.getOutputStream()) {
        input.write(new byte[10_000_000]);
        kill(sender);
      } catch (IOException e) {
        assertTrue(e.getMessage().contains("Broken pipe"), e.getMessage());
      }
      awaitCount(Counter.CONNECTIONS_CLOSED, 2L * i);
    }
    assertEquals(HttpServer.BODY, pair.farNetwork.execute("curl", "-sSf", URL));
  }

  private static void kill(Process process) throws InterruptedException {
    assertTrue(process.destroyForcibly().waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS));
  }

  @Test
  @NeedsProgram("socat")
  void serverKilledAndRestarted() throws Exception {
    relay(nic -> nic, PORT);
    SocatTalk talk = socat();
    for (int i = 0; i < 3; i++) {
      try (Daemon cat = talk.serve("cat");
          Socket socket = pair.farNetwork.call(() -> new Socket(NEAR, PORT))) {
        socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
        socket.getOutputStream().write("hello".getBytes(US_ASCII));
        assertEquals("hello", new String(socket.getInputStream().readNBytes(5), US_ASCII));
        cat.process.descendants().forEach(ProcessHandle::destroyForcibly);
        cat.kill();
        assertEnds(socket);
      }
    }
  }

  /** By the end of the killed program's connection, or by its reset. */
  private static void assertEnds(Socket socket) throws IOException {
    try {
      assertEquals(-1, socket.getInputStream().read());
    } catch (SocketException e) {
      assertTrue(e.getMessage().contains("reset"), e.getMessage());
    }
  }

  // ---- The vireo command

  @Test
  @NeedsProgram("curl")
  void theCommandServesOnTheKernelsAddress() throws Exception {
    PipedWriter pipe = new PipedWriter();
    BufferedReader says = new BufferedReader(new PipedReader(pipe, 1 << 16));
    CompletableFuture<Integer> status = new CompletableFuture<>();
    Thread command = pair.nearNetwork.call(() -> {
      Thread made = new Thread(() -> {
        try (PrintWriter err = new PrintWriter(pipe, true)) {
          status.complete(
              Vireo.run(err, err, "http", "--nic", option(), "--port", String.valueOf(HTTP)));
        }
      });
      made.start();
      return made;
    });
    assertEquals("vireo http: listening on port 80 of " + option(), says.readLine());
    startNeighbours();
    assertEquals(HttpServer.BODY, pair.farNetwork.execute("curl", "-sSf", URL));
    endNeighbours();
    command.interrupt(); // as Ctrl-C would
    assertEquals(PollLoop.INTERRUPTED, status.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
    assertTrue(says.lines().anyMatch(line -> line.matches(" +connections closed +1")));
    command.join();
  }
}
