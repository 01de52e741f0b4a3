// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import io.vireo.TcpServer;
import io.vireo.TcpStack;
import io.vireo.api.TcpSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What the servers share: a NIC, a port, and a loop until Ctrl-C. */
final class ServerOptions {
  private static final int MOST_CONNECTIONS = 4_096;

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

  /** Serves until Ctrl-C. */
  <C> int serve(TcpHandler<C> handler) throws IOException {
    return serve(UnaryOperator.identity(), stack -> handler, connection -> {});
  }

  /** The same with settings of the program's choice; {@code atEnd} sees the connections that are left then. */
  <C> int serve(
      UnaryOperator<TcpSettings> choose,
      Function<TcpStack, TcpHandler<C>> make,
      Consumer<TcpConnection<C>> atEnd)
      throws IOException {
    PrintWriter log = command.commandLine().getErr();
    String name = command.qualifiedName();
    TcpSettings settings = choose.apply(network.tcpSettings().withConnections(MOST_CONNECTIONS));
    try (Network net = Network.open(network)) {
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
