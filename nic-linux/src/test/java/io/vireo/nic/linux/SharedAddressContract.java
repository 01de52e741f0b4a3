// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.TcpClient;
import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import io.vireo.TcpServer;
import io.vireo.TcpStack;
import io.vireo.Warmup;
import io.vireo.api.CloseReason;
import io.vireo.api.Counter;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.nic.Nic;
import io.vireo.testing.NeedsProgram;
import io.vireo.testing.NeedsTap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A stack that has the kernel's address, beside the kernel: who is at the far end does not know which of them answers. Each backend that steers by port runs this suite. */
@NeedsTap
@NeedsProgram({"ip", "ethtool"})
@Timeout(60)
public abstract class SharedAddressContract {
  private static final int PORT = 7;

  private NetworkPair pair;
  private InetAddress nearAddress;
  private InetAddress farAddress;
  private Nic nic;
  private TcpStack stack;
  private Thread poller;
  private volatile boolean ends;
  private volatile Throwable failure;
  private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

  /** Sends back what it gets, and says what happens. */
  private final class Echo implements TcpHandler<Void> {
    @Override
    public void onConnectionEstablished(TcpConnection<Void> c) {
      heard.add("established");
    }

    @Override
    public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      return length - c.send(memory, offset, length);
    }

    @Override
    public void onFin(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      c.sendFin();
    }

    @Override
    public void onConnectionClosed(TcpConnection<Void> c, CloseReason reason) {
      heard.add("closed " + reason);
    }
  }

  /** Makes the networks, and the cable. */
  protected abstract NetworkPair connectNetworks() throws Exception;

  /** Opens the NIC on the interface "near" of those networks, in the network of that interface. */
  protected abstract Nic open(NetworkPair networks) throws Exception;

  @BeforeEach
  void open() throws Exception {
    nearAddress = InetAddress.getByAddress(new byte[] {10, 9, 0, 1});
    farAddress = InetAddress.getByAddress(new byte[] {10, 9, 0, 2});
    pair = connectNetworks();
    // Whatever the stack does, sockets for its ports included, happens in the network of its
    // thread.
    pair.nearNetwork.run(() -> {
      nic = open(pair);
      stack = new TcpStack(nic, StackSettings.ofInterface());
      stack.release();
      poller = new Thread(this::poll, "poller");
      poller.start();
    });
  }

  private void poll() {
    try {
      while (!ends) {
        if (stack.poll() == 0) {
          stack.await(1_000_000);
        }
        Runnable task = tasks.poll();
        if (task != null) {
          task.run();
        }
      }
      stack.close();
    } catch (Throwable e) {
      failure = e;
    }
  }

  /** Runs it on the thread of the stack. */
  private void onStack(Runnable task) throws Exception {
    BlockingQueue<Object> done = new LinkedBlockingQueue<>();
    tasks.add(() -> {
      try {
        task.run();
        done.add("");
      } catch (RuntimeException e) {
        done.add(e);
      }
    });
    stack.wakeup();
    Object result = done.poll(20, TimeUnit.SECONDS);
    if (result instanceof RuntimeException e) {
      throw e;
    }
    assertEquals("", result, () -> "" + failure);
  }

  @AfterEach
  void close() throws Exception {
    ends = true;
    stack.wakeup();
    poller.join();
    nic.close();
    pair.close();
    if (failure != null) {
      throw new AssertionError(failure);
    }
  }

  private void serve() throws Exception {
    onStack(() -> new TcpServer<>(stack, TcpSettings.defaults(), new Echo()).listen(PORT));
  }

  private Socket connect(int port) throws Exception {
    return pair.farNetwork.call(() -> new Socket(nearAddress, port));
  }

  private void assertHeard(String expected) throws InterruptedException {
    assertEquals(expected, heard.poll(20, TimeUnit.SECONDS), () -> "" + failure);
  }

  private static void echo(Socket socket, int bytes) throws Exception {
    byte[] data = new byte[bytes];
    new Random(bytes).nextBytes(data);
    Thread writer = new Thread(() -> {
      try {
        socket.getOutputStream().write(data);
        socket.shutdownOutput();
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    });
    writer.start();
    assertArrayEquals(data, socket.getInputStream().readAllBytes());
    writer.join();
  }

  @Test
  void aClientOfTheKernelIsServedBesideTheKernelsOwnServers() throws Exception {
    serve();
    try (ServerSocket kernels = pair.nearNetwork.call(() -> new ServerSocket(80, 1, nearAddress));
        Socket toKernel = connect(80);
        Socket accepted = kernels.accept();
        Socket toStack = connect(PORT)) {
      assertHeard("established");
      echo(toStack, 5_000_000);
      assertHeard("closed CLOSED");
      toKernel.getOutputStream().write(42);
      assertEquals(42, accepted.getInputStream().read());
    }
  }

  @Test
  void whatNobodyListensOnIsTheKernelsToRefuse() throws Exception {
    serve();
    assertThrows(ConnectException.class, () -> connect(8).close());
    assertEquals(0, stack.counter(Counter.RESETS_SENT));
  }

  @Test
  void aPortThatIsGivenBackIsTheKernelsAgain() throws Exception {
    for (int round = 0; round < 3; round++) {
      TcpServer<?>[] server = new TcpServer<?>[1];
      onStack(() -> {
        server[0] = new TcpServer<>(stack, TcpSettings.defaults(), new Echo());
        server[0].listen(PORT);
      });
      try (Socket socket = connect(PORT)) {
        assertHeard("established");
        echo(socket, 1_000);
      }
      assertHeard("closed CLOSED");
      onStack(() -> server[0].close());
      assertThrows(ConnectException.class, () -> connect(PORT).close());
      try (ServerSocket kernels =
              pair.nearNetwork.call(() -> new ServerSocket(PORT, 1, nearAddress));
          Socket toKernel = connect(PORT);
          Socket accepted = kernels.accept()) {
        accepted.getOutputStream().write(7);
        assertEquals(7, toKernel.getInputStream().read());
        toKernel.shutdownOutput(); // first: TIME-WAIT is at the far end
        assertEquals(-1, accepted.getInputStream().read());
      }
      awaitFree(PORT);
    }
    assertEquals(0, stack.counter(Counter.RESETS_SENT));
  }

  /** The kernel's last socket keeps the port until its FIN is acknowledged, closed or not. */
  private void awaitFree(int port) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!pair.nearNetwork.call(() -> isFree(port))) {
      assertTrue(System.nanoTime() < deadline, "port " + port + " is not given back");
      Thread.onSpinWait();
    }
  }

  private boolean isFree(int port) throws IOException {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(false);
      socket.bind(new InetSocketAddress(nearAddress, port));
      return true;
    } catch (BindException e) {
      return false;
    }
  }

  @Test
  void aPortThatTheKernelHasGivenToAnotherIsRefused() throws Exception {
    try (ServerSocket kernels =
        pair.nearNetwork.call(() -> new ServerSocket(PORT, 1, nearAddress))) {
      UncheckedIOException refusal = assertThrows(UncheckedIOException.class, this::serve);
      assertEquals(
          "port 7 of 10.9.0.1 is taken (EADDRINUSE): ss -tan shows by whom",
          refusal.getCause().getMessage());
      assertTrue(kernels.isBound());
    }
    serve();
  }

  @Test
  void connectsOverTheKernelsNeighboursFromPortsOfTheKernel() throws Exception {
    try (ServerSocket server = pair.farNetwork.call(() -> new ServerSocket(90, 50, farAddress))) {
      TcpClient<?>[] client = new TcpClient<?>[1];
      onStack(() -> {
        TcpClient<Void> made = new TcpClient<>(stack, TcpSettings.defaults(), new Echo());
        client[0] = made;
        for (int i = 0; i < 40; i++) {
          made.connect(new InetSocketAddress(farAddress, 90), null);
        }
      });
      List<Socket> accepted = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        Socket socket = server.accept();
        accepted.add(socket);
        assertHeard("established");
        int port = socket.getPort();
        assertThrows(
            BindException.class,
            () -> pair.nearNetwork.run(() -> new ServerSocket(port, 1, nearAddress).close()));
      }
      echo(accepted.get(0), 100_000);
      for (Socket socket : accepted) {
        socket.close();
      }
    }
  }

  @Test
  void anAddressThatIsTakenAwayEndsItsConnections() throws Exception {
    serve();
    try (Socket socket = connect(PORT)) {
      assertHeard("established");
      pair.near("address add 10.9.0.3/23 dev near");
      pair.near("address del 10.9.0.1/24 dev near");
      assertHeard("closed ADDRESS_LOST");
      assertEquals(-1, socket.getInputStream().read());
    } catch (SocketException e) {
      assertTrue(e.getMessage().contains("reset"), e.getMessage());
    }
    InetAddress later = InetAddress.getByAddress(new byte[] {10, 9, 0, 3});
    try (Socket socket = pair.farNetwork.call(() -> new Socket(later, PORT))) {
      assertHeard("established");
      echo(socket, 10_000);
    }
  }

  @Test
  void aProgramIsWarmedUpOnATwinAndServesThen() throws Exception {
    Warmup warmup = new Warmup(nic, StackSettings.ofInterface()).limit(2_000_000_000L);
    List<TcpStack> stacks = new ArrayList<>();
    Warmup.Report report = pair.nearNetwork.call(() -> warmup
        .server(PORT, new byte[64])
        .client(new byte[64])
        .run(twin -> {
          stacks.add(twin);
          new TcpServer<>(twin, TcpSettings.defaults(), new Echo()).listen(PORT);
          TcpClient<Void> client = new TcpClient<>(twin, TcpSettings.defaults(), new Echo());
          return () -> {
            if (client.connectionCount() < 2) {
              client.connect(new InetSocketAddress(farAddress, 90), null);
            }
          };
        }));
    assertTrue(report.messages() > 1_000, report.toString());
    assertTrue(total(stacks, Counter.CONNECTIONS_ACCEPTED) > 10, report.toString());
    assertTrue(total(stacks, Counter.CONNECTIONS_OPENED) > 10, report.toString());
    assertEquals(0, stack.counter(Counter.FRAMES_SENT));
    heard.clear();
    serve();
    try (Socket socket = connect(PORT)) {
      assertHeard("established");
      echo(socket, 10_000);
    }
  }

  private static long total(List<TcpStack> stacks, Counter counter) {
    return stacks.stream().mapToLong(stack -> stack.counter(counter)).sum();
  }
}
