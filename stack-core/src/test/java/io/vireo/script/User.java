// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import io.vireo.TcpConnection;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * The user of one of the stack's connections. Hears events, in words such as {@code established}, {@code data 100}, {@code fin}, {@code
 * more sendable}, {@code timer 0}, {@code closed RESET}; checks every byte he is shown and the order of events that the handler's contract
 * promises; gives commands.
 */
final class User {
  private final World world;
  private final Peer peer;
  private final List<String> events = new ArrayList<>();
  private final List<String> softErrors = new ArrayList<>();
  private final Map<String, Runnable> reactions = new HashMap<>();
  private TcpConnection<User> connection;
  private boolean refuses;
  private boolean begun;
  private boolean finSeen;
  private boolean closed;
  private boolean finished;
  private boolean inCallback;
  private long appetite = Long.MAX_VALUE;
  private long consumed;
  private boolean anyBytes;
  private final ByteArrayOutputStream takenBytes = new ByteArrayOutputStream();
  private long queued;

  User(World world, Peer peer) {
    this.world = world;
    this.peer = peer;
  }

  // ---- What he expects

  /** Since the script asked last, he heard exactly these events. */
  void hears(String... expected) {
    List<String> heard = heard();
    world.require(
        heard.equals(List.of(expected)), "heard " + heard + ", expected " + List.of(expected));
  }

  /** What he heard since the script asked last. */
  List<String> heard() {
    List<String> heard = List.copyOf(events);
    events.clear();
    return heard;
  }

  /** Since the script asked last, he heard of exactly this trouble; scripts need not ask. */
  void hearsOfTrouble(String... expected) {
    List<String> heard = trouble();
    world.require(
        heard.equals(List.of(expected)), "trouble " + heard + ", expected " + List.of(expected));
  }

  /** The trouble he heard of since the script asked last. */
  List<String> trouble() {
    List<String> heard = List.copyOf(softErrors);
    softErrors.clear();
    return heard;
  }

  /** Bytes that he has given to send. */
  long queued() {
    return queued;
  }

  boolean hasFinished() {
    return finished;
  }

  boolean isOver() {
    return closed;
  }

  void hearsNothing() {
    hears();
  }

  /** He has heard what he has heard. */
  void forgets() {
    events.clear();
  }

  /** Bytes he has taken. */
  long consumed() {
    return consumed;
  }

  /** From now on his peer may send anything; {@link #takenBytes} says what he took. */
  void takesAnyBytes() {
    anyBytes = true;
  }

  String takenBytes() {
    return HexFormat.of().formatHex(takenBytes.toByteArray());
  }

  TcpConnection<User> connection() {
    return connection;
  }

  boolean allows() {
    return !refuses;
  }

  // ---- What he does

  /** From now on he wants no connection. */
  void refuses() {
    refuses = true;
  }

  /** From now on he does. */
  void accepts() {
    refuses = false;
  }

  /** Connects from STACK_PORT to his peer. */
  void connects() {
    world.note("user  connects");
    connection = world
        .client()
        .connect(
            new InetSocketAddress("10.0.0.1", World.STACK_PORT),
            new InetSocketAddress(dotted(peer.address), peer.port),
            this);
    world.settle();
  }

  private static String dotted(int address) {
    return (address >>> 24) + "." + (address >>> 16 & 255) + "." + (address >>> 8 & 255) + "."
        + (address & 255);
  }

  /** Sends {@code length} bytes, all of which the send buffer must take; more than it takes of one who knows nothing of the path, by a claim. */
  void sends(int length) {
    if (length > 64 << 10) {
      world.require(claims(length), "the claim was refused");
      commits(length, false);
      return;
    }
    int taken = offers(length);
    world.require(taken == length, "only " + taken + " bytes were taken");
  }

  /** Sends {@code length} bytes and says that more are to come. */
  void sendsMore(int length) {
    int taken = offers(length, true);
    world.require(taken == length, "only " + taken + " bytes were taken");
  }

  /** Offers {@code length} bytes; returns how many were taken. */
  int offers(int length) {
    return offers(length, false);
  }

  int offers(int length, boolean more) {
    note("sends " + length + (more ? ", more to come" : ""));
    ByteBuffer bytes = ByteBuffer.wrap(Pattern.OF_STACK.bytes(queued, length));
    int taken = connection.send(bytes, 0, length, more);
    queued += taken;
    settle();
    return taken;
  }

  /** Claims {@code length} bytes; whether they fitted. */
  boolean claims(int length) {
    note("claims " + length);
    int offset = connection.claim(length);
    if (offset >= 0) {
      connection.sendMemory().put(offset, Pattern.OF_STACK.bytes(queued, length));
    }
    settle();
    return offset >= 0;
  }

  /** Commits {@code length} bytes of what he claimed. */
  void commits(int length, boolean more) {
    note("commits " + length + (more ? ", more to come" : ""));
    connection.commit(length, more);
    queued += length;
    settle();
  }

  void setsNagle(boolean on) {
    note("sets Nagle " + (on ? "on" : "off"));
    connection.setNagle(on);
    settle();
  }

  void flushes() {
    note("flushes");
    connection.flush();
    settle();
  }

  void finishes() {
    note("finishes");
    finished = true;
    connection.sendFin();
    settle();
  }

  void aborts() {
    note("aborts");
    connection.abort();
    settle();
  }

  void pauses() {
    note("pauses");
    connection.pause();
    settle();
  }

  void resumes() {
    note("resumes");
    connection.resume();
    settle();
  }

  /** From now on, he leaves over all that he is shown. */
  void stopsReading() {
    note("stops reading");
    appetite = 0;
  }

  /** Reads so many bytes more. */
  void reads(int length) {
    appetite = length;
    resumes();
  }

  /** Reads all there is, and will be. */
  void readsOn() {
    appetite = Long.MAX_VALUE;
    resumes();
  }

  void keepsAlive(String idle) {
    note("keeps alive after " + idle);
    connection.setKeepAlive(idle.equals("off") ? 0 : Time.ns(idle));
    settle();
  }

  void waitsAtMost(String timeout) {
    note("waits at most " + timeout);
    connection.setUserTimeout(timeout.equals("for ever") ? 0 : Time.ns(timeout));
    settle();
  }

  void setsTimer(int timer, String delay) {
    note("sets timer " + timer + " to " + delay);
    connection.setUserTimer(timer, delay.equals("off") ? 0 : Time.ns(delay));
    settle();
  }

  /** What he does in the callback of every event that begins with this word. */
  void on(String event, Runnable reaction) {
    reactions.put(event, reaction);
  }

  private void note(String line) {
    world.note("user  " + line);
  }

  private void settle() {
    if (!inCallback) {
      world.settle();
    }
  }

  // ---- What he hears

  void onEstablished(TcpConnection<User> connection) {
    this.connection = connection;
    world.require(!begun, "established twice");
    begun = true;
    hear("established");
  }

  void onSoftError(String error) {
    world.require(!closed, "trouble after the end");
    softErrors.add(error);
  }

  int onData(ByteBuffer memory, int offset, int length) {
    world.require(begun && !finSeen && !closed, "data at the wrong time");
    world.require(length > 0, "no data in onData");
    world.require(
        memory.position() == offset && memory.limit() == offset + length,
        "position and limit of the data");
    for (int i = 0; i < length; i++) {
      if (!anyBytes && memory.get(offset + i) != Pattern.OF_PEER.at(consumed + i)) {
        throw world.failure("byte " + (consumed + i) + " of the stream is wrong");
      }
    }
    int taken = (int) Math.min(length, appetite);
    appetite -= appetite == Long.MAX_VALUE ? 0 : taken;
    consumed += taken;
    for (int i = 0; i < taken && anyBytes; i++) {
      takenBytes.write(memory.get(offset + i));
    }
    hear("data " + length);
    return length - taken;
  }

  void onFin(int length) {
    world.require(begun && !finSeen && !closed, "fin at the wrong time");
    finSeen = true;
    hear(length == 0 ? "fin" : "fin with " + length + " left over");
  }

  void onMoreSendable() {
    world.require(begun && !closed, "more sendable at the wrong time");
    hear("more sendable");
  }

  void onTimer(int timer) {
    world.require(!closed, "a timer after the end");
    hear("timer " + timer);
  }

  void onClosed(String reason) {
    world.require(!closed, "closed twice");
    closed = true;
    hear("closed " + reason);
  }

  private void hear(String event) {
    world.note("      the user hears: " + event);
    events.add(event);
    Runnable reaction = reactions.get(event.split(" ", 2)[0]);
    if (reaction != null) {
      inCallback = true;
      try {
        reaction.run();
      } finally {
        inCallback = false;
      }
    }
  }
}
