// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import io.vireo.TcpServer;
import io.vireo.TcpStack;
import io.vireo.Warmup;
import io.vireo.api.TcpSettings;
import io.vireo.nic.Nic;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What the servers share: a NIC, a port, and a loop until Ctrl-C. */
final class ServerOptions {
  private static final int MOST_CONNECTIONS = 4_096;
  private static final int MOST_REHEARSING = 64;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Mixin
  private NetworkOptions network;

  @Option(
      names = "--port",
      required = true,
      paramLabel = "N",
      description = "The port to listen on.")
  private int port;

  /** Serves until Ctrl-C. {@code sample}: what a client may send, to rehearse with first; null: there is no rehearsal. */
  <C> int serve(Supplier<TcpHandler<C>> make, String sample) throws IOException {
    return serve(UnaryOperator.identity(), stack -> make.get(), connection -> {}, sample);
  }

  /** The same with settings of the program's choice; {@code atEnd} sees the connections that are left then. */
  <C> int serve(
      UnaryOperator<TcpSettings> choose,
      Function<TcpStack, TcpHandler<C>> make,
      Consumer<TcpConnection<C>> atEnd,
      String sample)
      throws IOException {
    PrintWriter log = command.commandLine().getErr();
    String name = command.qualifiedName();
    TcpSettings settings = choose.apply(network.tcpSettings().withConnections(MOST_CONNECTIONS));
    try (Network net = Network.open(network, nic -> {
      if (sample != null) {
        rehearse(nic, settings, make, sample);
      }
    })) {
      TcpServer<C> server = new TcpServer<>(net.stack(), settings, make.apply(net.stack()));
      listen(server);
      log.println(name + ": listening on port " + port + " of " + network.addressAndNic());
      while (net.loop().turn()) {}
      server.unlisten(port);
      server.forEach(atEnd);
      PollLoop.drain(server);
      net.printSummary(name, log);
      return PollLoop.INTERRUPTED;
    }
  }

  /** Serves clients that are not there, on a NIC that ends in this process. */
  private <C> void rehearse(
      Nic nic, TcpSettings settings, Function<TcpStack, TcpHandler<C>> make, String sample)
      throws IOException {
    byte[] message = sample.getBytes(StandardCharsets.US_ASCII);
    TcpSettings few = settings.withConnections(MOST_REHEARSING);
    Warmup.Report report;
    try {
      report = new Warmup(nic, network.stackSettings()).server(port, message).run(stack -> {
        listen(new TcpServer<>(stack, few, make.apply(stack)));
        return () -> {};
      });
    } catch (UnsupportedOperationException e) {
      throw network.refuse("--warm-up: " + e.getMessage());
    }
    command
        .commandLine()
        .getErr()
        .printf(
            Locale.ROOT,
            "%s: warmed up by %,d messages in %.1f s%n",
            command.qualifiedName(),
            report.messages(),
            report.elapsedNs() / 1e9);
  }

  /** For what the program reports. */
  PrintWriter out() {
    return command.commandLine().getOut();
  }

  private void listen(TcpServer<?> server) {
    try {
      server.listen(port);
    } catch (IllegalArgumentException e) {
      throw network.refuse("--port: " + e.getMessage());
    }
  }
}
