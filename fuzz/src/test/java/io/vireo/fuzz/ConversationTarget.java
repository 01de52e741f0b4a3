// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.tcp.ConnectionInspection;
import io.vireo.time.ManualClock;

/**
 * A program of frames, time and calls against a listener, a connection that came from outside and one that the stack opens, on a stack of its
 * own. Numbers in segments are given relative to the live ones. Whatever is delivered is what the peers' streams say, in order and once; no
 * ACK goes beyond what was sent.
 */
final class ConversationTarget implements Target {
  static final int SEGMENT = 0;
  static final int DATA = 7;
  static final int FLAGS = 8;
  static final int TIME = 9;
  static final int USER = 10;
  static final int CALLBACK = 11;
  static final int OPEN = 12;
  static final int SLOTS = 13;
  static final int STACK = 14;
  static final int ICMP = 15;

  private static final int MOST_STEPS = 96;
  private static final int[] RECEIVE_BYTES = {16 << 10, 4 << 10, 64 << 10, 5_000};
  private static final int[] MEMORY_BYTES = {256 << 10, 64 << 10, 1 << 20, 128 << 10};
  private static final int[] PEER_ISS = {1_000, -16, 0x7FFF_FFF0, 0};
  private static final int MS = 1_000_000;
  private static final long[] TIMES_NS = {
    0,
    1_000,
    MS,
    10L * MS,
    40L * MS,
    200L * MS,
    500L * MS,
    1_000L * MS,
    3_000L * MS,
    10_000L * MS,
    31_000L * MS,
    60_000L * MS,
    75_000L * MS,
    185_000L * MS,
    700_000L * MS,
    3_600_000L * MS
  };
  private static final int AT = FrameWriter.ETHERNET + FrameWriter.IPV4;

  private final World world = new World();
  private int peerIss;

  @Override
  public void run(byte[] bytes) {
    Input input = new Input(bytes);
    start(input.u8(), input.u8());
    for (int i = 0; i < MOST_STEPS && !input.ended(); i++) {
      step(input);
    }
    world.nic.slots(Integer.MAX_VALUE);
    world.settle();
    listen();
    world.honest();
    world.end();
  }

  private void start(int choice, int opening) {
    TcpSettings tcp = World.smallTcp()
        .withReceiveBufferBytes(RECEIVE_BYTES[choice & 3])
        .withDelayedAckNs((choice & 16) != 0 ? 0 : 10 * MS)
        .withNagle((choice & 32) != 0);
    if ((choice & 64) != 0) {
      tcp = tcp.withKeepAliveIdleNs(1_000L * MS)
          .withKeepAliveIntervalNs(1_000L * MS)
          .withKeepAliveProbes(2);
    }
    if ((choice & 128) != 0) {
      tcp = tcp.withUserTimeoutNs(2_000L * MS)
          .withFinWaitNs(1_000L * MS)
          .withZeroWindowTimeoutNs(5_000L * MS)
          .withConnectTimeoutNs(2_500L * MS);
    }
    StackSettings stack = World.smallStack().withBufferMemoryBytes(MEMORY_BYTES[choice >> 2 & 3]);
    world.start(stack, tcp, new ManualClock(startNs(opening & 3, stack.seed())));
    world.handler.patterned = true;
    peerIss = PEER_ISS[opening >> 2 & 3];
    if ((opening & 16) == 0) {
      world.establish(follow(0, World.SERVER_PORT), peerIss);
      count(world.flows.get(0), peerIss + 1);
    }
    if ((opening & 32) == 0) {
      count(world.connect(peerIss), peerIss);
    }
  }

  /** Clocks that wrap, or at which the stack's sequence numbers do. */
  private static long startNs(int choice, long seed) {
    return switch (choice) {
      case 1 -> Long.MAX_VALUE - 2_000L * MS;
      case 2 -> -2_000L * MS;
      case 3 -> {
        int first = ConnectionInspection.initialSequence(
            seed,
            FrameWriter.STACK_ADDRESS,
            World.SERVER_PORT,
            FrameWriter.PEER_ADDRESS,
            FramesTarget.PEER_PORT,
            0);
        yield Integer.toUnsignedLong(-200 - first) << 12;
      }
      default -> 0;
    };
  }

  private Flow follow(int port, int localPort) {
    Flow flow =
        world.flows.follow(FrameWriter.PEER_ADDRESS, FramesTarget.PEER_PORT + port, localPort);
    return flow == null ? world.flows.get(port) : flow;
  }

  private static void count(Flow flow, int end) {
    flow.peerCounts = true;
    flow.peerEnd = end;
  }

  private void step(Input input) {
    int step = input.u8();
    int choice = step >> 4;
    switch (step & 0xF) {
      case DATA -> {
        Flow flow = flow(choice);
        send(flow, next(flow), flow.stackEnd, Flow.ACK | Flow.PSH, 60_000, length(input.u8()));
      }
      case FLAGS -> {
        Flow flow = flow(choice);
        send(flow, next(flow), flow.stackEnd, input.u8(), 60_000, 0);
      }
      case TIME -> world.pass(TIMES_NS[choice]);
      case USER -> {
        if (world.handler.userCount() > 0) {
          world.handler.command(input.u8(), world.handler.user(choice));
          world.turn();
        }
      }
      case CALLBACK -> world.handler.does(choice, input.u8());
      case OPEN -> open(choice);
      case SLOTS -> {
        world.nic.slots(choice == 0 ? Integer.MAX_VALUE : choice);
        world.turn();
      }
      case STACK -> {
        command(choice);
        world.turn();
      }
      case ICMP -> icmp(flow(choice), input);
      default -> segment(flow(choice), step & 0xF, input);
    }
  }

  private Flow flow(int choice) {
    return world.flows.count() == 0 ? follow(0, World.SERVER_PORT) : world.flows.get(choice);
  }

  /** What the stack expects next, as far as the peer knows. */
  private int next(Flow flow) {
    return flow.stackAcks ? flow.stackAck : flow.peerIss;
  }

  /** Flags, sequence number, acknowledgment number, window, length; and options, for some kinds. */
  private void segment(Flow flow, int kind, Input input) {
    int flags = input.u8();
    int seq =
        near(input.u8(), next(flow), next(flow) + flow.stackWindow, flow.peerIss, flow.peerEnd);
    int ack = near(input.u8(), flow.stackEnd, flow.stackIss, flow.peerAck, flow.stackEnd - 1);
    int window = window(input.u8());
    int payload = length(input.u8());
    if (kind < 5) {
      send(flow, seq, ack, flags, window, payload);
      return;
    }
    int optionBytes = input.u8() & 0x3C;
    optionBytes = Math.min(optionBytes, 40);
    payload = Math.min(payload, 1_460 - optionBytes);
    FrameWriter writer = world.writer;
    writer.tcp(flow, seq, ack, flags, window, optionBytes, payload);
    java.util.Arrays.fill(writer.frame, AT + 20, AT + 20 + optionBytes, (byte) 0);
    input.copy(writer.frame, AT + 20, optionBytes);
    if (kind == 6) {
      Octets.put16(writer.frame, AT + 18, input.u8());
    }
    finish(flow, seq, ack, flags, payload);
  }

  private void send(Flow flow, int seq, int ack, int flags, int window, int payload) {
    world.writer.tcp(flow, seq, ack, flags, window, 0, payload);
    finish(flow, seq, ack, flags, payload);
  }

  private void finish(Flow flow, int seq, int ack, int flags, int payload) {
    if ((flags & Flow.SYN) != 0 && seq != flow.peerIss) {
      // A second stream between the same ports: what is acknowledged is no longer known.
      flow.peerCounts = false;
      flow.peerIss = seq;
    }
    int end = seq + payload + (flags >> 1 & 1) + (flags & 1);
    if (end - flow.peerEnd > 0) {
      flow.peerEnd = end;
    }
    flow.peerAck = ack;
    world.writer.patternPayload(payload);
    world.writer.mend();
    world.arrive();
  }

  /** One of four places, and a distance from it. */
  private static int near(int choice, int a, int b, int c, int d) {
    int base = switch (choice & 3) {
      case 0 -> a;
      case 1 -> b;
      case 2 -> c;
      default -> d;
    };
    int distance = (byte) choice >> 2;
    return base + (Math.abs(distance) < 8 ? distance : distance * 97);
  }

  private static int window(int choice) {
    return choice < 128 ? choice : (choice - 127) * 511;
  }

  private static int length(int choice) {
    return choice < 128 ? choice : Math.min((choice - 127) * 12, 1_460);
  }

  /** Another flow: to the server, to a port where nobody listens, or from here. */
  private void open(int choice) {
    if (choice < 8) {
      Flow flow = follow(choice, World.SERVER_PORT);
      flow.peerIss = peerIss;
      send(flow, peerIss, 0, Flow.SYN, 60_000, 0);
    } else if (choice < 10) {
      follow(choice, World.SERVER_PORT + 1);
    } else {
      world.handler.connect();
      world.turn();
    }
  }

  private void listen() {
    try {
      world.server.listen(World.SERVER_PORT);
    } catch (IllegalStateException e) {
      Oracle.require(e.getMessage().contains("already"), "does not listen: " + e.getMessage());
    }
  }

  private void command(int choice) {
    switch (choice) {
      case 0 -> world.server.unlisten(World.SERVER_PORT);
      case 1 -> listen();
      case 2, 3 -> world.server.setTimer(choice - 2, 100L * MS);
      case 4 -> world.client.setTimer(0, 1);
      case 5 -> world.server.setTimer(0, 0);
      case 6 -> world.server.forEach(c -> c.attachment().command(c::abort));
      case 7 -> world.client.forEach(c -> c.attachment().sendFin());
      case 8 -> world.handler.calm();
      case 9 -> world.answersArp = !world.answersArp;
      case 10 -> world.nic.vouches(true);
      default -> {}
    }
  }

  /** Type, code, rest of the header, and how much of what was sent last is quoted. */
  private void icmp(Flow flow, Input input) {
    FrameWriter writer = world.writer;
    int type = input.u8();
    int code = input.u8();
    int rest = input.u16();
    int quoted = Math.min(input.u8(), flow.quoteLength);
    writer.icmp(FrameWriter.PEER_ADDRESS, type, code, rest, quoted);
    System.arraycopy(flow.quote, 0, writer.frame, AT + 8, quoted);
    writer.mend();
    world.arrive();
  }
}
