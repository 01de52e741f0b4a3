// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import io.vireo.TcpStack;
import io.vireo.api.Counter;
import io.vireo.nic.Nic;
import io.vireo.nic.NicCounter;
import io.vireo.nic.lab.RecordingNic;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;

/** A stack on the NIC that the options name, and the loop that polls it. Closing it closes all. */
final class Network implements AutoCloseable {
  private final Nic nic;
  private final TcpStack stack;
  private final PollLoop loop;

  private Network(Nic nic, TcpStack stack, IdleMode idleMode) {
    this.nic = nic;
    this.stack = stack;
    loop = new PollLoop(stack, idleMode);
  }

  /** What is to be done with a NIC before there is a stack on it. */
  interface Preparation {
    void prepare(Nic nic) throws IOException;
  }

  static Network open(NetworkOptions options) throws IOException {
    return open(options, nic -> {});
  }

  static Network open(NetworkOptions options, Preparation preparation) throws IOException {
    Nic nic = options.openNic();
    try {
      preparation.prepare(nic);
      options.setUpHost(); // before the stack announces itself
      return new Network(nic, open(nic, options), options.idle());
    } catch (IOException | RuntimeException | Error e) {
      nic.close();
      throw e;
    }
  }

  private static TcpStack open(Nic nic, NetworkOptions options) {
    try {
      return new TcpStack(nic, options.stackSettings());
    } catch (IllegalArgumentException e) {
      throw options.refuse(e.getMessage());
    }
  }

  TcpStack stack() {
    return stack;
  }

  PollLoop loop() {
    return loop;
  }

  /** The end, with what stack and NIC counted, one line each; what never happened is left out. */
  void printSummary(String command, PrintWriter out) {
    out.println(command + ": ended");
    for (Counter counter : Counter.values()) {
      print(out, "", counter, stack.counter(counter));
    }
    for (NicCounter counter : NicCounter.values()) {
      if (counter != NicCounter.FRAMES_RECEIVED && counter != NicCounter.FRAMES_SENT) {
        print(out, "nic: ", counter, nic.counter(counter));
      }
    }
    if (nic instanceof RecordingNic recorder) {
      recorder.flush();
      IOException failure = recorder.recordingFailure();
      out.println(
          failure == null ? "  " + recorder.recorded() + " frames recorded" : failure.getMessage());
    }
    out.flush();
  }

  private static void print(PrintWriter out, String what, Enum<?> counter, long value) {
    if (value != 0) {
      String name = what + counter.name().toLowerCase(Locale.ROOT).replace('_', ' ');
      out.printf(Locale.ROOT, "  %-28s %,14d%n", name, value);
    }
  }

  @Override
  public void close() {
    stack.close();
    nic.close();
    loop.close(); // last, since it holds the JVM until all is done
  }
}
