// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import io.vireo.memory.BufferArena;
import io.vireo.tcp.Connection;
import io.vireo.tcp.TcpLayer;

/** Lets tests of other packages look inside a stack. */
public final class StackInspection {
  private StackInspection() {}

  /** The machine under the stack's endpoints. */
  public static TcpLayer tcp(TcpStack stack) {
    return stack.tcp();
  }

  /** The earlier of {@code otherwise} and the stack's next deadline. */
  public static long nextDeadlineNs(TcpStack stack, long otherwise) {
    return stack.nextDeadlineNs(otherwise);
  }

  /** The memory that all its connections share. */
  public static BufferArena arena(TcpStack stack) {
    return stack.arena();
  }

  /** Bytes of buffers that somebody holds. */
  public static long bytesInUse(TcpStack stack) {
    return stack.arena().usedBytes();
  }

  /** All connections of an endpoint's pool, free or not. */
  public static Connection[] connections(TcpEndpoint<?> endpoint) {
    return endpoint.pool().connections();
  }

  /** What a user's connection wraps; awake, so that its pieces may be looked at. */
  public static Connection tcp(TcpConnection<?> connection) {
    Connection c = connection.tcp();
    if (c.inUse()) {
      connection.endpoint().stack().tcp().wake(c);
    }
    return c;
  }
}
