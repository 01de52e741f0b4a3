// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp.jfr;

import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Timespan;

/** A handshake is complete. */
@Name("vireo.ConnectionEstablished")
@Label("Connection Established")
@Description("A handshake is complete")
public final class ConnectionEstablishedEvent extends ConnectionEvent {
  @Label("Local Address")
  public String localAddress;

  @Label("Local Port")
  public int localPort;

  @Label("Remote Address")
  public String remoteAddress;

  @Label("Remote Port")
  public int remotePort;

  @Label("Passive")
  @Description("Accepted by a server, not opened by a client")
  public boolean passive;

  @Label("Handshake Round Trip")
  @Description("0 if the SYN had to be sent again")
  @Timespan(Timespan.NANOSECONDS)
  public long roundTripTime;

  @Label("Segment Size")
  @Description("Payload of a full segment")
  @DataAmount
  public int segmentSize;

  @Label("Window Scale")
  @Description("In use by both sides (RFC 7323)")
  public boolean windowScale;

  @Label("Timestamps")
  @Description("In use by both sides (RFC 7323)")
  public boolean timestamps;

  @Label("Selective ACKs")
  @Description("In use by both sides (RFC 2018)")
  public boolean selectiveAcks;
}
