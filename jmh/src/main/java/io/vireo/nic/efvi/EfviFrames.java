// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A frame of 60 bytes received, or sent, by {@link EfviQueue}; and the calls into libciul that it takes, as bare as they can be. In both the card is played, so that the difference
 * is what the binding adds; the methods that end in Card measure what its playing takes of either. Needs -Dvireo.libciul, and a network namespace.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class EfviFrames {
  private static final int FRAMES = 16;
  private static final int BYTES = 60;

  /** Frames that come, or go, together; all of them are polled for once. */
  @Param({"1", "16"})
  public int burst;

  private EfviLine dma;
  private EfviLine ctpio;

  /** Opens the queues. */
  @Setup
  public void open() throws Exception {
    dma = new EfviLine(false);
    ctpio = new EfviLine(true);
  }

  /** Gives all back. */
  @TearDown
  public void close() {
    dma.close();
    ctpio.close();
  }

  /** Poll, receive and release. */
  @Benchmark
  @OperationsPerInvocation(FRAMES)
  public void receive() {
    for (int i = 0; i < FRAMES; i += burst) {
      dma.card.deliver(burst, BYTES);
      dma.receive(burst);
    }
  }

  /** eventq_poll; for each frame receive_init, for eight receive_push. */
  @Benchmark
  @OperationsPerInvocation(FRAMES)
  public void receiveBare() {
    for (int i = 0; i < FRAMES; i += burst) {
      dma.bare.card.deliver(burst, BYTES);
      dma.bare.receive(burst);
    }
  }

  /** The events alone. */
  @Benchmark
  @OperationsPerInvocation(FRAMES)
  public void receiveCard() {
    for (int i = 0; i < FRAMES; i += burst) {
      dma.bare.card.deliver(burst, BYTES);
    }
  }

  /** Claim and transmit, ring, and a poll that finds them gone. */
  @Benchmark
  @OperationsPerInvocation(FRAMES)
  public void send() {
    for (int i = 0; i < FRAMES; i += burst) {
      dma.send(burst, BYTES);
      dma.card.complete(burst);
      dma.takeSent();
    }
  }

  /** For each frame transmit_init; transmit_push, eventq_poll, transmit_unbundle. */
  @Benchmark
  @OperationsPerInvocation(FRAMES)
  public void sendBare() {
    for (int i = 0; i < FRAMES; i += burst) {
      dma.bare.send(burst, BYTES);
      dma.bare.card.complete(burst);
      dma.bare.takeSent(burst);
    }
  }

  /** The same as send, through CTPIO. */
  @Benchmark
  @OperationsPerInvocation(FRAMES)
  public void sendCtpio() {
    for (int i = 0; i < FRAMES; i += burst) {
      ctpio.send(burst, BYTES);
      ctpio.card.complete(burst);
      ctpio.takeSent();
    }
  }

  /** For each frame transmitv_ctpio and its fallback; eventq_poll, transmit_unbundle. */
  @Benchmark
  @OperationsPerInvocation(FRAMES)
  public void sendCtpioBare() {
    for (int i = 0; i < FRAMES; i += burst) {
      ctpio.bare.sendByCtpio(burst, BYTES);
      ctpio.bare.card.complete(burst);
      ctpio.bare.takeSent(burst);
    }
  }

  /** The events alone. */
  @Benchmark
  @OperationsPerInvocation(FRAMES)
  public void sendCard() {
    for (int i = 0; i < FRAMES; i += burst) {
      dma.bare.card.complete(burst);
    }
  }
}
