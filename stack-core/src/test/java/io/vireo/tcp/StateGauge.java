// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

/** Lets tests in other packages read the state of a connection. */
public final class StateGauge {
  private StateGauge() {}

  public static String state(Connection connection) {
    return connection.state().name();
  }
}
