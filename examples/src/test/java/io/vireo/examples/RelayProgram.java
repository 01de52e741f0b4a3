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
import java.nio.file.Path;

/** The relay and the HTTP server as a program of their own, which a test can stop and start again. */
final class RelayProgram {
  private RelayProgram() {}

  /** Starts it in the network of the calling thread; it prints a line when it is ready. */
  static Process start(int port) throws Exception {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            RelayProgram.class.getName(),
            Integer.toString(port))
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  public static void main(String[] arguments) throws Exception {
    int port = Integer.parseInt(arguments[0]);
    try (Nic nic = TapNic.open(TapServer.TAP)) {
      TapHost.address(TapServer.TAP, TapServer.KERNEL + "/24");
      TapHost.up(TapServer.TAP);
      TcpStack stack = new TcpStack(nic, StackSettings.of(TapServer.ADDRESS + "/24"));
      try (PollLoop loop = new PollLoop(stack, IdleMode.PARK)) {
        TcpSettings settings = TcpSettings.defaults().withConnections(1_000);
        Relay.listen(stack, settings, TapServer.KERNEL, port);
        new TcpServer<>(stack, settings, new HttpServer()).listen(TapServer.PORT);
        System.out.println("ready");
        while (loop.turn()) {}
        System.out.println(
            stack.counter(Counter.RESETS_SENT) + " " + stack.counter(Counter.RESETS_RECEIVED));
        stack.close();
      }
    }
  }
}
