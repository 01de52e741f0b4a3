// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import io.vireo.api.Counter;
import io.vireo.api.StackSettings;
import io.vireo.ip.Routes;
import io.vireo.nic.Nic;
import io.vireo.nic.NicTwin;
import io.vireo.rehearsal.RehearsalPeer;
import io.vireo.wire.Ipv4Prefix;
import java.io.IOException;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Objects;

/**
 * Lets a program meet its first connection, first loss and first RST before the first real frame, so that they do not meet cold code: the program's own handlers run on a stack whose NIC is of
 * the very classes of the real one ({@link Nic#openTwin()}), but ends in this process, where peers connect, talk, lose, reorder, repeat, reset and close, until the JIT compiler has nothing left to do.
 *
 * <pre>{@code
 * Warmup.Report report = new Warmup(nic, settings)
 *     .server(9000, sampleOrder)
 *     .run(stack -> {
 *       new TcpServer<>(stack, tcp, new OrderHandler(dryBook)).listen(9000);
 *       return () -> {};
 *     });
 * }</pre>
 *
 * <p>The handlers are objects of the program's classes, but not those that will serve: what they do to the world, they must be kept from doing here. Nothing else of the program must use the
 * same classes of NICs, handlers and clocks in another way meanwhile, for the compiler learns from all it sees.
 *
 * <p>For one thread. The real NIC may be open, and its stack made; neither is touched.
 */
public final class Warmup {
  private static final int MOST_PORTS = 64;
  private static final int MOST_MESSAGES = 4_096;
  private static final int MOST_MESSAGE_BYTES = 1 << 20;

  /** So often at least comes each kind of conversation, and so many messages: the compiler takes a method for hot after some 15,000 calls. */
  private static final int ROUNDS = 12;

  private static final long MESSAGES = 60_000;

  /** The compiler is at rest when it has worked for no longer in an act: what it does then is rare, or no part of a stack. */
  private static final long RESTING_MS = 60;

  /** The beginning of a stack must not be new to the compiler either: it is repeated. */
  private static final int ACTS = 8;

  private static final long ACT_NS = 600_000_000L;

  /** Nobody comes at first. */
  private static final int QUIET_TURNS = 2_000;

  /** Peers are silent at the beginning of each such time: turns without work are most of a server's, and some of them end by a timer. */
  private static final long BREATH_NS = 40_000_000L;

  private static final long SILENCE_NS = 12_000_000L;

  /** By the end of an act so many have met a port where nobody listens. */
  private static final int MOST_REFUSALS = 20;

  private static final int TURNS_PER_RELEASE = 256;
  private static final int TURNS_WITHOUT_TIME = 100_000;
  private static final long IDLE_WAIT_NS = 20_000L;
  private static final long PEER_SEED = 0x5EED;

  private final Nic nic;
  private final StackSettings settings;
  private int[] ports = {};
  private byte[][][] requests = {};
  private byte[][] answers = {{1}};
  private long limitNs = 10_000_000_000L;

  /** Of the run under way, as {@link Report} says. */
  private long failures;

  /** For programs that use this NIC, with a stack of these settings; their clock must run. */
  public Warmup(Nic nic, StackSettings settings) {
    this.nic = nic;
    this.settings = settings;
  }

  /**
   * Peers connect to this port. Each connection begins with the first of these messages, and goes on with the others in their order, again and again from the first; some end before the last, and others in the
   * middle of a round. Further calls add ports with messages of their own; a port named twice has connections of both kinds.
   *
   * @throws IllegalArgumentException the port is not 1 to 65,535, there is no message, or one is empty or longer than 1 MiB
   */
  public Warmup server(int port, byte[]... messages) {
    check("port", port, 1, 65_535);
    check("ports", ports.length + 1, 1, MOST_PORTS);
    byte[][] copies = checked(messages);
    int count = ports.length;
    ports = Arrays.copyOf(ports, count + 1);
    ports[count] = port;
    requests = Arrays.copyOf(requests, count + 1);
    requests[count] = copies;
    return this;
  }

  /**
   * Whatever the program connects to is there, and sends these messages, one when the connection is established, and one for each that it is sent.
   *
   * @throws IllegalArgumentException there is no message, or one is empty or longer than 1 MiB
   */
  public Warmup client(byte[]... messages) {
    answers = checked(messages);
    return this;
  }

  private static byte[][] checked(byte[][] messages) {
    check("messages", messages.length, 1, MOST_MESSAGES);
    byte[][] copies = new byte[messages.length][];
    for (int i = 0; i < copies.length; i++) {
      check("bytes of a message", messages[i].length, 1, MOST_MESSAGE_BYTES);
      copies[i] = messages[i].clone();
    }
    return copies;
  }

  private static void check(String what, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          what + " is " + value + ", must be " + least + " to " + most);
    }
  }

  /** When to end although the compiler is still at work; 10 s, 1 ms to an hour. */
  public Warmup limit(long limitNs) {
    check("limitNs", limitNs, 1_000_000L, 3_600_000_000_000L);
    this.limitNs = limitNs;
    return this;
  }

  /** What is to be warmed up. */
  @FunctionalInterface
  public interface Program {
    /** Makes the program's endpoints on this stack, as they will be made on the real one. Returns what it does between two polls. Called several times, each time with another stack. */
    Runnable start(TcpStack stack);
  }

  /**
   * What came of it.
   *
   * @param connections begun by peers and by the program
   * @param messages sent by peers
   * @param failures exceptions that handlers have thrown: each ended its connection, so that with many of them little was warmed up
   * @param elapsedNs how long it took
   * @param settled whether the compiler had come to rest, and every kind of conversation to its end, before the limit
   */
  public record Report(
      long connections, long messages, long failures, long elapsedNs, boolean settled) {}

  /**
   * Runs the program until it is warm. Connections that are open at the end get their onConnectionClosed(SHUT_DOWN).
   *
   * @throws IOException the NIC's twin cannot be opened; the message says why, and what helps
   * @throws UnsupportedOperationException this kind of NIC has no twins
   * @throws IllegalStateException the clock stands still, the stack has no address, or a port has refused every connection
   */
  public Report run(Program program) throws IOException {
    failures = 0;
    RehearsalPeer peer = new RehearsalPeer(ports, requests, answers, PEER_SEED);
    CompilerWatch compiler = new CompilerWatch();
    long startNs = settings.clock().nanoTime();
    long nowNs = startNs;
    boolean settled = false;
    for (int acts = 1; !settled && nowNs - startNs < limitNs; acts++) {
      nowNs = act(program, peer, startNs + limitNs);
      int closed = peer.closedPort(MOST_REFUSALS);
      if (closed != 0) {
        throw new IllegalStateException(
            "port "
                + closed
                + " has refused every connection of the rehearsal: the program does not listen there, or its allowNewConnection lets nobody in");
      }
      boolean enough = acts >= ACTS && peer.rounds() >= ROUNDS && peer.messages() >= MESSAGES;
      settled = compiler.workedMs() <= RESTING_MS && enough;
    }
    return new Report(peer.conversations(), peer.messages(), failures, nowNs - startNs, settled);
  }

  /** From the opening of a stack to its end. Returns the time. */
  private long act(Program program, RehearsalPeer peer, long limitNs) throws IOException {
    try (NicTwin twin = nic.openTwin();
        TcpStack stack = new TcpStack(twin.nic(), settings)) {
      Runnable turn = Objects.requireNonNull(
          program.start(stack), "start returned null: a program without a turn returns () -> {}");
      Ipv4Prefix own = stack.addresses().first();
      peer.meet(twin, own.address(), neighbourOf(own, stack.addresses().routes()));
      long startNs = stack.readClock();
      long nowNs = startNs;
      for (int turns = 0; nowNs - startNs < ACT_NS && nowNs - limitNs < 0; turns++) {
        stack
            .wakeup(); // if the program sleeps, it sleeps for nothing: its peers are on this thread
        turn.run();
        int work = stack.poll();
        nowNs = stack.readClock();
        boolean acts = false;
        if (turns < QUIET_TURNS) {
          peer.murmur();
        } else if (turns % 3 == 0 && (nowNs - startNs) % BREATH_NS > SILENCE_NS) {
          acts = peer.turn(nowNs);
        }
        if (!acts && work == 0 && turns % 8 == 0) {
          stack.await(1); // ends by that wake-up, if nobody else has slept
          stack.await(IDLE_WAIT_NS);
        }
        if (turns % TURNS_PER_RELEASE == 0) {
          stack.release(); // as somebody who hands it to another thread, and so takes it anew
        }
        if (turns == TURNS_WITHOUT_TIME && nowNs == startNs) {
          throw new IllegalStateException(
              "the clock of the settings stands still, and the rehearsal waits for it");
        }
      }
      failures += stack.counter(Counter.HANDLER_FAILURES);
      return nowNs;
    }
  }

  /** Some host of the same network, or beyond the gateway if there is no other. Not the stack itself, which may have several addresses in a row. */
  private static int neighbourOf(Ipv4Prefix own, Routes routes) {
    int next = own.address();
    do {
      next++;
    } while (routes.isOwn(next));
    if (own.contains(next) && !routes.isBroadcast(next)) {
      return next;
    }
    next = own.address();
    do {
      next--;
    } while (routes.isOwn(next));
    return next;
  }

  /** Tells by the compiler's own account of its time whether it works. */
  private static final class CompilerWatch {
    private final CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
    private long lastMs;

    /** How long it has worked since the last call, or 0 if it does not say. */
    long workedMs() {
      if (compiler == null || !compiler.isCompilationTimeMonitoringSupported()) {
        return 0;
      }
      long beforeMs = lastMs;
      lastMs = compiler.getTotalCompilationTime();
      return lastMs - beforeMs;
    }
  }
}
