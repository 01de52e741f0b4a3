// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import io.vireo.api.Limits;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A script: lines that read like a packet trace with both directions, under virtual time.
 *
 * <pre>
 *   peer.sends("SYN seq 0 win 65535 &lt;mss 1460,wscale 7&gt;");
 *   stack.answers("SYN ACK seq 0 ack 1 win 65535 &lt;mss 1460,wscale 0&gt;");
 *   peer.sends("ACK seq 1 ack 1 win 512");
 *   user.hears("established");
 *   user.sends(1000);
 *   stack.answers("ACK PSH seq 1 ack 1 len 1000");
 *   time.passes("200 ms");
 * </pre>
 *
 * {@link SegmentLine} says how lines are written, {@link User} which events there are. A script accounts for everything: a segment or an
 * event that no line names fails it, and so do the checks of {@link FrameCheck} and {@link Peer} on all that the stack sends. Each script
 * runs once for each of {@link Numbers}. States are reached by segments only.
 */
@ParameterizedClass(name = "{0}")
@MethodSource("io.vireo.script.Numbers#inUse")
abstract class TcpScript {
  @Parameter
  Numbers numbers;

  World world;
  Peer peer;
  StackSide stack;
  User user;
  Time time;

  @BeforeEach
  void beginScript() {
    world = new World(numbers);
    peer = new Peer(world, World.PEER_ADDRESS, World.PEER_PORT, numbers.peerIss);
    stack = new StackSide(world, peer);
    user = peer.user;
    time = new Time(world);
  }

  @AfterEach
  void endScript() {
    world.end();
  }

  /** Changes the settings of the endpoints, before anything happens. */
  void settings(UnaryOperator<TcpSettings> change) {
    world.tcp = change.apply(world.tcp);
  }

  /** Changes the settings of the stack, before anything happens. */
  void stackSettings(UnaryOperator<StackSettings> change) {
    world.stackSettings = change.apply(world.stackSettings);
  }

  /** Changes what strangers may cost the stack, before anything happens. */
  void limits(UnaryOperator<Limits> change) {
    stackSettings(settings -> settings.withLimits(change.apply(settings.limits())));
  }

  /** Another peer, on the same host unless the address says otherwise. */
  Peer anotherPeer(int address, int port) {
    return new Peer(world, address, port, numbers.peerIss + 100_000 * (port - World.PEER_PORT));
  }

  // ---- Beginnings that many scripts share

  /** The peer opens: MSS 1460, no window scaling, window 65535. Both streams begin at 1. */
  void established() {
    established("mss 1460", "win 65535");
  }

  /**
   * The peer opens with these options in its SYN, and this window in its first ACK. Its SYN comes twice: which of our answers is acknowledged
   * cannot be told then, so that the RTO is the one of connections without a sample, 1 s.
   */
  void established(String options, String window) {
    for (int i = 0; i < 2; i++) {
      peer.sends("SYN seq 0 win 65535 <" + options + ">");
      stack.answers("SYN ACK seq 0 ack 1");
    }
    peer.sends("ACK seq 1 ack 1 " + window);
    stack.isSilent();
    user.hears("established");
  }

  /** The user connects; MSS 1460, no window scaling, window 65535. */
  void connected() {
    user.connects();
    stack.answers("SYN seq 0");
    peer.sends("SYN ACK seq 0 ack 1 win 65535 <mss 1460>");
    stack.answers("ACK seq 1 ack 1");
    user.hears("established");
  }
}
