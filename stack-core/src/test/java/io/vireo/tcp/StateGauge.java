// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.ip.Ipv4Route;
import java.lang.reflect.Field;

/** Lets tests in other packages read the state of a connection. */
public final class StateGauge {
  private static final Field REGISTRY = field("registry");
  private static final Field HALF_OPEN = field("halfOpen");

  private StateGauge() {}

  public static String state(Connection connection) {
    return connection.state().name();
  }

  /** Whether it waits for anything at all. */
  public static boolean stands(Connection connection) {
    return connection.queues != 0;
  }

  /** What segments to the peer may carry, by its SYN. */
  public static int peerMss(Connection connection) {
    return connection.handshake.peerMss();
  }

  /** -1 if nothing is scaled. */
  public static int peerScale(Connection connection) {
    return connection.handshake.peerScale();
  }

  public static boolean usesTimestamps(Connection connection) {
    return connection.handshake.usesTimestamps();
  }

  public static boolean usesSelectiveAcks(Connection connection) {
    return connection.handshake.usesSelectiveAcks();
  }

  /** The state of a tuple: of a connection, of a handshake that a listener waits for, in TIME-WAIT, or none. */
  public static String state(TcpLayer tcp, int local, int localPort, int remote, int remotePort) {
    long addressKey = Ipv4Route.addressKey(local, remote);
    long portKey = (long) localPort << 16 | remotePort;
    try {
      Registry registry = (Registry) REGISTRY.get(tcp);
      Connection connection = registry.find(addressKey, portKey);
      if (connection != null) {
        return state(connection);
      }
      if (registry.timeWait.find(addressKey, portKey) != TupleIndex.NONE) {
        return "TIME_WAIT";
      }
      HalfOpenTable halfOpen = (HalfOpenTable) HALF_OPEN.get(tcp);
      return halfOpen.find(addressKey, portKey) == HalfOpenTable.NONE ? "none" : "SYN_RECEIVED";
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }

  private static Field field(String name) {
    try {
      Field field = TcpLayer.class.getDeclaredField(name);
      field.setAccessible(true);
      return field;
    } catch (NoSuchFieldException e) {
      throw new AssertionError(e);
    }
  }
}
