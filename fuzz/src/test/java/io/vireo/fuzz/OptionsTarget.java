// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

/**
 * An option block on a SYN, a SYN-ACK, or later segments. Input: where, the peer's window, the options. What the block says of MSS, window
 * scale, SACK and timestamps is read anew here, and what the stack sends must keep to it.
 */
final class OptionsTarget extends SettledTarget {
  static final int ON_SYN = 0;
  static final int ON_SYN_ACK = 1;
  static final int ON_HANDSHAKE_ACK = 2;
  static final int ON_DATA = 3;
  static final int ON_FIN = 4;
  static final int ON_RST = 5;
  private static final int PLACES = 6;

  private static final int OPTIONS = FrameWriter.ETHERNET + FrameWriter.IPV4 + 20;
  private static final int LEAST_MSS = 216;
  private static final int LARGEST_MSS = 1_460;
  private static final int DEFAULT_MSS = 536;

  /** More than 40 bytes cannot be said. */
  private final byte[] options = new byte[40];

  private int optionBytes;
  private int mss;
  private int shift;
  private boolean sackPermitted;
  private boolean hasTimestamp;

  @Override
  void test(byte[] bytes) {
    Input input = new Input(bytes);
    int place = input.u8() % PLACES;
    int window = input.u16();
    optionBytes = input.copy(options, 0, options.length);
    while (optionBytes % 4 != 0) {
      options[optionBytes++] = 0;
    }
    switch (place) {
      case ON_SYN -> onSyn(window);
      case ON_SYN_ACK -> onSynAck(window);
      case ON_HANDSHAKE_ACK -> onHandshakeAck();
      default -> {
        Flow flow = established(FramesTarget.PEER_PORT);
        int flags = place == ON_DATA ? Flow.PSH : place == ON_FIN ? Flow.FIN : Flow.RST;
        send(flow, 1_001, flow.stackEnd, Flow.ACK | flags, 60_000, 10);
        world.pass(20_000_000L);
      }
    }
  }

  private void onSyn(int window) {
    Flow flow =
        world.flows.follow(FrameWriter.PEER_ADDRESS, FramesTarget.PEER_PORT, World.SERVER_PORT);
    send(flow, 1_000, 0, Flow.SYN, window, 0);
    if (flow.stackSyn) {
      read();
      Oracle.require(flow.offersSack == sackPermitted, "SACK-permitted, or not, unasked");
      Oracle.require(flow.offersTimestamps == hasTimestamp, "a timestamp, or none, unasked");
      plain(flow, window);
      transfer(flow, window);
    } else {
      Oracle.require(carries(19), "a SYN unanswered for its options");
    }
  }

  private void onSynAck(int window) {
    Flow flow = world.connect(9_000);
    send(flow, 9_000, flow.stackEnd, Flow.SYN | Flow.ACK, window, 0);
    User user = world.handler.user(world.handler.userCount() - 1);
    Oracle.require(user.established || carries(19), "a SYN-ACK refused for its options");
    if (user.established) {
      plainFrom(flow, 9_001, window);
      transfer(flow, window);
    }
  }

  private void onHandshakeAck() {
    Flow flow =
        world.flows.follow(FrameWriter.PEER_ADDRESS, FramesTarget.PEER_PORT, World.SERVER_PORT);
    world.writer.tcp(flow, 1_000, 0, Flow.SYN, 60_000, 0, 0);
    world.writer.mend();
    world.arrive();
    send(flow, 1_001, flow.stackEnd, Flow.ACK, 60_000, 0);
  }

  private void plain(Flow flow, int window) {
    plainFrom(flow, 1_001, window);
  }

  private void plainFrom(Flow flow, int seq, int window) {
    world.writer.tcp(flow, seq, flow.stackEnd, Flow.ACK, window, 0, 0);
    world.writer.mend();
    world.arrive();
  }

  /** The stack's user sends more than one segment, and nothing is acknowledged. */
  private void transfer(Flow flow, int window) {
    if (world.handler.established == 0) {
      return;
    }
    read();
    User user = world.handler.user(world.handler.userCount() - 1);
    user.send(12_000);
    world.turn();
    int limit = mss == 0 ? DEFAULT_MSS : Math.min(Math.max(mss, LEAST_MSS), LARGEST_MSS);
    int most = hasTimestamp ? limit - 12 : limit;
    Oracle.require(flow.largestPayload <= most, "a segment beyond the MSS");
    int wrong = hasTimestamp ? flow.unstamped : flow.stamped;
    Oracle.require(wrong == 0, "timestamps that are missing, or not agreed on");
    Oracle.require(flow.blocks == 0, "blocks of what nobody has sent");
    long flight = (flow.stackEnd - flow.stackIss - 1) & 0xFFFF_FFFFL;
    Oracle.require(flight <= (long) window << Math.max(shift, 0), "sends beyond the window");
  }

  /** RFC 9293 §3.1 and RFC 7323 §2.3: the first of each kind with its legal length; a broken list ends. */
  private void read() {
    mss = 0;
    shift = -1;
    sackPermitted = false;
    hasTimestamp = false;
    int at = 0;
    while (at < optionBytes && options[at] != 0) {
      if (options[at] == 1) {
        at++;
        continue;
      }
      int length = at + 1 < optionBytes ? options[at + 1] & 0xFF : 0;
      if (length < 2 || at + length > optionBytes) {
        return;
      }
      if (options[at] == 2 && length == 4 && mss == 0) {
        mss = Octets.u16(options, at + 2);
      }
      if (options[at] == 3 && length == 3 && shift < 0) {
        shift = Math.min(options[at + 2] & 0xFF, 14);
      }
      sackPermitted |= options[at] == 4 && length == 2;
      hasTimestamp |= options[at] == 8 && length == 10;
      at += length;
    }
  }

  private boolean carries(int kind) {
    for (int at = 0; at < optionBytes; at++) {
      if (options[at] == kind) {
        return true;
      }
    }
    return false;
  }

  private void send(Flow flow, int seq, int ack, int flags, int window, int payload) {
    FrameWriter writer = world.writer;
    writer.tcp(flow, seq, ack, flags, window, optionBytes, payload);
    System.arraycopy(options, 0, writer.frame, OPTIONS, optionBytes);
    writer.patternPayload(payload);
    writer.mend();
    world.arrive();
  }
}
