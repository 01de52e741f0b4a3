// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import io.vireo.TcpClient;
import io.vireo.TcpConnection;
import io.vireo.TcpStack;
import io.vireo.api.CloseReason;
import io.vireo.api.TcpSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What the clients share: a NIC, a peer, one connection and a loop until it ends. */
final class ClientOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Mixin
  private NetworkOptions network;

  @Parameters(index = "0", paramLabel = "HOST", description = "The peer: an address or a name.")
  private String host;

  @Parameters(index = "1", paramLabel = "PORT", description = "The peer's port.")
  private int port;

  /** Connects and runs the program until its connection has ended, or until Ctrl-C. */
  int run(Function<TcpStack, ClientProgram> make) throws IOException, Refusal {
    return run(UnaryOperator.identity(), make);
  }

  /** The same with settings of the program's choice. */
  int run(UnaryOperator<TcpSettings> choose, Function<TcpStack, ClientProgram> make)
      throws IOException, Refusal {
    PrintWriter out = command.commandLine().getOut();
    InetSocketAddress remote = remote();
    TcpSettings settings = choose.apply(network.tcpSettings()).withConnections(1);
    try (Network net = Network.open(network)) {
      ClientProgram program = make.apply(net.stack());
      TcpClient<Void> client = new TcpClient<>(net.stack(), settings, program);
      TcpConnection<Void> connection = connect(client, remote);
      while (net.loop().turn() && program.end() == null) {
        program.onTurn(connection);
      }
      if (program.end() == null) {
        PollLoop.drain(client);
        program.finish(out);
        net.printSummary(command.qualifiedName(), command.commandLine().getErr());
        return PollLoop.INTERRUPTED;
      }
      if (program.end() != CloseReason.CLOSED && program.end() != CloseReason.ABORTED) {
        throw new Refusal(host + " port " + port + ": " + sentence(program.end()));
      }
      program.finish(out);
    }
    return 0;
  }

  /** For the program's result. */
  PrintWriter out() {
    return command.commandLine().getOut();
  }

  /** Refuses a number that is out of range. */
  void check(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw network.refuse(name + " is " + value + ", must be " + least + " to " + most);
    }
  }

  private InetSocketAddress remote() throws Refusal {
    check("PORT", port, 1, 65_535);
    if (host.isBlank()) {
      throw network.refuse("HOST is empty");
    }
    InetSocketAddress remote = new InetSocketAddress(host, port);
    if (remote.isUnresolved()) {
      throw new Refusal(host + ": no host of this name is known");
    }
    return remote;
  }

  private TcpConnection<Void> connect(TcpClient<Void> client, InetSocketAddress remote) {
    try {
      return client.connect(remote, null);
    } catch (IllegalArgumentException e) {
      // An InetSocketAddress prints itself with a name, or without one, before a slash.
      throw network.refuse("HOST: " + e.getMessage().replaceFirst("\\S*/(\\S+)", "$1"));
    }
  }

  private static String sentence(CloseReason reason) {
    return switch (reason) {
      case REFUSED -> "connection refused";
      case CONNECT_TIMEOUT -> "no answer to the attempts to connect";
      case UNREACHABLE ->
        "unreachable: no route (--gateway?), or nobody answers ARP for the next hop";
      case NO_LOCAL_PORT -> "no local port is free";
      case RESET -> "the peer reset the connection";
      case TIMEOUT -> "the peer does not answer any more";
      case HANDLER_FAILED -> "the connection was reset, because of a fault in this program";
      default -> "the connection was reset from here";
    };
  }
}
