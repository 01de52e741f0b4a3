// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.StackTrace;

/** Something happened to one connection. The object may be used again: {@link #begin()}, {@link #end()} and {@link #commit()} each time. */
@Category("Vireo")
@StackTrace(false)
public abstract class ConnectionEvent extends Event {
  @Label("Connection Id")
  @Description("As TcpConnection.id: positive, and never used again by its stack")
  public long connectionId;
}
