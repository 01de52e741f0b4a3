// SPDX-License-Identifier: Apache-2.0
package io.vireo.rehearsal;

import io.vireo.nic.NicTwin;
import io.vireo.rehearsal.SegmentFrames.Ends;
import io.vireo.rehearsal.SegmentFrames.Kind;
import io.vireo.wire.TcpHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Everybody but the stack on the network of a {@link NicTwin}: every address is here, and each answers ARP, opens conversations and takes those that the stack opens. It has no stack of its own, for the
 * classes of its handlers and NICs would be met where those of the program are to be met alone.
 */
public final class RehearsalPeer {
  private static final int MOST_CONVERSATIONS = 8;
  private static final int MOST_ACCEPTED = 1_024;
  private static final int FIRST_PORT = 10_000;
  private static final int PORTS = 50_000;

  /** Nobody listens there. */
  private static final int CLOSED_PORT = 1;

  /** In place of the number of refusals: the port takes connections. */
  private static final long TAKEN = -1;

  private static final int TURNS_PER_STRAY = 200;
  private static final int TURNS_PER_MURMUR = 16;

  private final SplittableRandom random;
  private final int[] ports;
  private final byte[][][] requests;
  private final byte[][] answers;
  private final List<Conversation> conversations = new ArrayList<>();
  private final long[] ended = new long[Habit.count()];
  private final long[] refusals;

  private SegmentFrames frames;
  private int address;
  private int stackAddress;
  private int begunByUs;
  private long turns;
  private long conversationCount;
  private long messageCount;

  /**
   * @param ports where the stack listens; may be none
   * @param requests what peers send to each of those
   * @param answers what peers send to whoever connects to them
   */
  public RehearsalPeer(int[] ports, byte[][][] requests, byte[][] answers, long seed) {
    random = new SplittableRandom(seed);
    this.ports = ports;
    this.requests = requests;
    this.answers = answers;
    refusals = new long[ports.length];
  }

  /** From now on the stack is the one on this twin. {@code address} is that of the peer that opens connections. */
  public void meet(NicTwin twin, int stackAddress, int address) {
    frames = new SegmentFrames(twin);
    this.stackAddress = stackAddress;
    this.address = address;
    conversations.clear();
    begunByUs = 0;
  }

  /** A network on which nobody wants anything of the stack: now and then a frame that is for others. */
  public void murmur() {
    if (++turns % TURNS_PER_MURMUR == 0) {
      frames.deliverForOthers((int) (turns / TURNS_PER_MURMUR));
    }
  }

  /** Takes what the stack has sent, and does what is due. Returns whether there was anything. */
  public boolean turn(long nowNs) {
    boolean acts = false;
    for (Kind kind = frames.take(); kind != null; kind = frames.take()) {
      acts = true;
      if (kind == Kind.SEGMENT) {
        onSegment(nowNs);
      }
    }
    for (int i = conversations.size() - 1; i >= 0; i--) {
      Conversation conversation = conversations.get(i);
      acts |= conversation.act(nowNs);
      if (conversation.isOver()) {
        end(i);
      }
    }
    if (++turns % TURNS_PER_STRAY == 0) {
      frames.deliverStray((int) (turns / TURNS_PER_STRAY), stackAddress, address);
    }
    while (ports.length > 0 && begunByUs < MOST_CONVERSATIONS) {
      connect(nowNs);
      acts = true;
    }
    return acts;
  }

  private void onSegment(long nowNs) {
    for (Conversation conversation : conversations) {
      Ends ends = conversation.ends();
      if (ends.peerPort() == frames.peerPort()
          && ends.stackPort() == frames.stackPort()
          && ends.peerAddress() == frames.peerAddress()) {
        conversation.onSegment(nowNs);
        return;
      }
    }
    boolean opens = frames.has(TcpHeader.SYN) && !frames.has(TcpHeader.ACK);
    if (opens && conversations.size() < MOST_ACCEPTED) {
      Conversation conversation = begin(
          new Ends(
              frames.stackAddress(), frames.stackPort(), frames.peerAddress(), frames.peerPort()),
          answers,
          nowNs);
      conversation.accept(nowNs);
    }
  }

  private void connect(long nowNs) {
    Habit habit = Habit.ofConversation(conversationCount);
    int which = random.nextInt(ports.length); // not in turn: kinds of conversations are
    int port = habit == Habit.REFUSES ? CLOSED_PORT : ports[which];
    int ours = FIRST_PORT + (int) (conversationCount % PORTS);
    begunByUs++;
    begin(new Ends(stackAddress, port, address, ours), requests[which], nowNs).connect(nowNs);
  }

  private Conversation begin(Ends ends, byte[][] messages, long nowNs) {
    Habit habit = Habit.ofConversation(conversationCount++);
    Conversation conversation =
        new Conversation(frames, ends, habit, messages, random.nextInt(), nowNs);
    conversations.add(conversation);
    return conversation;
  }

  private void end(int i) {
    Conversation conversation = conversations.remove(i);
    ended[conversation.habit().ordinal()]++;
    messageCount += conversation.messagesBegun();
    if (conversation.begunHere()) {
      begunByUs--;
      count(conversation);
    }
  }

  private void count(Conversation conversation) {
    for (int i = 0; i < ports.length; i++) {
      if (ports[i] == conversation.ends().stackPort() && refusals[i] != TAKEN) {
        refusals[i] =
            conversation.wasOpen() ? TAKEN : refusals[i] + (conversation.wasRefused() ? 1 : 0);
      }
    }
  }

  /** A port where the stack is to listen, and that has taken no connection, but refused so many at least; 0: there is none. */
  public int closedPort(long least) {
    for (Conversation conversation : conversations) {
      if (conversation.begunHere() && conversation.wasOpen()) {
        count(conversation);
      }
    }
    for (int i = 0; i < ports.length; i++) {
      if (refusals[i] >= least) {
        return ports[i];
      }
    }
    return 0;
  }

  /** Conversations begun so far. */
  public long conversations() {
    return conversationCount;
  }

  /** Messages sent in those that are over. */
  public long messages() {
    return messageCount;
  }

  /** How often the rarest kind of conversation has come to its end. */
  public long rounds() {
    long rounds = Long.MAX_VALUE;
    for (long count : ended) {
      rounds = Math.min(rounds, count);
    }
    return rounds;
  }
}
