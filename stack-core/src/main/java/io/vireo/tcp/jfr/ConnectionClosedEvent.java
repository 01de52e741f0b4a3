// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp.jfr;

import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Timespan;

/** A connection is over and its user told. */
@Name("vireo.ConnectionClosed")
@Label("Connection Closed")
@Description("A connection is over and its user told, whether it was ever established or not")
public final class ConnectionClosedEvent extends ConnectionEvent {
  @Label("Local Address")
  public String localAddress;

  @Label("Local Port")
  public int localPort;

  @Label("Remote Address")
  public String remoteAddress;

  @Label("Remote Port")
  public int remotePort;

  @Label("Reason")
  @Description("CloseReason")
  public String reason;

  @Label("Lifetime")
  @Description(
      "By the clock of the stack: since the handshake, or since connect if that was never completed")
  @Timespan(Timespan.NANOSECONDS)
  public long lifetime;

  @Label("Bytes Sent")
  @Description("Payload, each byte once")
  @DataAmount
  public long bytesSent;

  @Label("Bytes Received")
  @Description("Payload, in order")
  @DataAmount
  public long bytesReceived;

  @Label("Bytes Unacknowledged")
  @Description("Sent, and not acknowledged at the end")
  @DataAmount
  public long bytesUnacknowledged;

  @Label("Retransmitted Segments")
  public int retransmittedSegments;

  @Label("Retransmission Timeouts")
  public int retransmissionTimeouts;

  @Label("Recoveries")
  @Description("Fast recoveries")
  public int recoveries;

  @Label("Smoothed Round Trip")
  @Timespan(Timespan.NANOSECONDS)
  public long smoothedRoundTripTime;

  @Label("Shortest Round Trip")
  @Timespan(Timespan.NANOSECONDS)
  public long shortestRoundTripTime;
}
