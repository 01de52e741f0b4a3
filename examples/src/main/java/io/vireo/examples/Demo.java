// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import io.vireo.TcpServer;
import io.vireo.TcpStack;
import io.vireo.api.Counter;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.nic.Nic;
import io.vireo.nic.tap.TapHost;
import io.vireo.nic.tap.TapNic;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The demo: the HTTP server on Vireo over a TAP, in one thread, and clients on the kernel's TCP on the other side of it. It touches the
 * network of nobody: it refuses to run where there is one.
 */
final class Demo {
  private static final String TAP = "vireo0";
  private static final String KERNEL_ADDRESS = "10.77.0.1/24";
  private static final String OUR_ADDRESS = "10.77.0.2";
  private static final int PORT = 80;
  private static final int MOST_CONNECTIONS = 256;
  private static final long LONGEST_END_MS = 5_000;

  private static final Path INTERFACES = Path.of("/proc/thread-self/net/dev");

  /** What the kernel makes in every new network namespace, depending on its modules. */
  private static final List<String> EVERYWHERE = List.of(
      "lo",
      "tunl0",
      "sit0",
      "gre0",
      "gretap0",
      "erspan0",
      "ip_vti0",
      "ip6_vti0",
      "ip6tnl0",
      "ip6gre0");

  private final UnaryOperator<Nic> wrap;
  private final DemoClients.Load load;
  private final PrintWriter out;

  Demo(PrintWriter out) {
    this(nic -> nic, new DemoClients.Load(100, 100, 32 << 20, Duration.ofSeconds(60)), out);
  }

  /** For tests, which spoil what passes the NIC. */
  Demo(UnaryOperator<Nic> wrap, DemoClients.Load load, PrintWriter out) {
    this.wrap = wrap;
    this.load = load;
    this.out = out;
  }

  /** Runs and reports. Returns the exit status: 0 if every byte was right, or else 1. */
  int run() throws IOException, Refusal, InterruptedException {
    checkPrivate();
    try (Nic nic = wrap.apply(TapNic.open(TAP))) {
      TapHost.address(TAP, KERNEL_ADDRESS);
      TapHost.up(TAP);
      TcpStack stack = new TcpStack(nic, StackSettings.of(OUR_ADDRESS + "/24"));
      out.println("HTTP server on Vireo (" + OUR_ADDRESS + "), one thread, TAP " + TAP
          + "; clients on the kernel's TCP");
      Server server = new Server(stack);
      server.start();
      DemoClients clients = new DemoClients(new InetSocketAddress(OUR_ADDRESS, PORT), load);
      DemoReport report = clients.run();
      if (!report.failed()) {
        awaitEndOfConnections(stack, report);
      }
      server.end(report);
      report.print(stack, out);
      return report.failed() ? 1 : 0;
    }
  }

  private static void checkPrivate() throws IOException, Refusal {
    for (String line : Files.readAllLines(INTERFACES)) {
      int colon = line.indexOf(':');
      if (colon > 0 && !EVERYWHERE.contains(line.substring(0, colon).strip())) {
        throw new Refusal(
            "this network is not private, it has " + line.substring(0, colon).strip()
                + ": start ./vireo demo, which makes one of its own");
      }
    }
  }

  /** The clients have closed their ends: now every connection has to end in order. */
  private static void awaitEndOfConnections(TcpStack stack, DemoReport report)
      throws InterruptedException {
    long start = System.nanoTime();
    long open = 1;
    while (open > 0 && System.nanoTime() - start < LONGEST_END_MS * 1_000_000) {
      Thread.sleep(1);
      open =
          stack.counter(Counter.CONNECTIONS_ACCEPTED) - stack.counter(Counter.CONNECTIONS_CLOSED);
    }
    if (open > 0) {
      report.error(open + " connections did not end");
    }
  }

  /** The thread that the stack belongs to. */
  private static final class Server extends Thread {
    private final TcpStack stack;
    private final PollLoop loop;
    private volatile Throwable failure;

    Server(TcpStack stack) {
      super("vireo-http");
      setDaemon(true);
      this.stack = stack;
      loop = new PollLoop(stack, IdleMode.PARK);
      TcpSettings settings = TcpSettings.defaults().withConnections(MOST_CONNECTIONS);
      new TcpServer<>(stack, settings, new HttpServer()).listen(PORT);
    }

    @Override
    public void run() {
      try {
        while (loop.turn()) {}
        stack.close();
      } catch (UncheckedIOException e) {
        failure = e.getCause(); // the NIC has failed, and says why
      } catch (RuntimeException | Error e) {
        failure = e;
      } finally {
        loop.close();
      }
    }

    void end(DemoReport report) throws InterruptedException {
      loop.stop();
      join(LONGEST_END_MS);
      if (isAlive()) {
        report.error("the server does not end");
      }
      if (failure != null) {
        report.error("the server failed: " + failure);
      }
    }
  }
}
