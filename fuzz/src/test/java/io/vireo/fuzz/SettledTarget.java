// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

/**
 * A target whose inputs share a stack, because to make one takes longer than to run an input: between inputs the users drop everything and
 * ages pass, now and then an honest peer is served, and after some hundred inputs there is a new stack.
 */
abstract class SettledTarget implements Target {
  private static final int INPUTS_PER_STACK = 256;
  private static final int INPUTS_PER_HONEST_PEER = 8;

  final World world = new World();
  private int inputs;

  @Override
  public final void run(byte[] input) {
    if (inputs == 0) {
      start();
    }
    int number = inputs;
    // What is left of a stack that has failed is not used again.
    inputs = 0;
    test(input);
    world.settle();
    if (number % INPUTS_PER_HONEST_PEER == 0) {
      world.honest();
      world.settle();
    }
    if (number + 1 == INPUTS_PER_STACK) {
      world.end();
    } else {
      inputs = number + 1;
    }
  }

  void start() {
    world.start();
  }

  abstract void test(byte[] input);

  @Override
  public final void forget() {
    inputs = 0;
  }

  /** A connection from this port of the peer, complete. */
  final Flow established(int port) {
    Flow flow = world.flows.follow(FrameWriter.PEER_ADDRESS, port, World.SERVER_PORT);
    world.establish(flow, 1_000);
    return flow;
  }
}
