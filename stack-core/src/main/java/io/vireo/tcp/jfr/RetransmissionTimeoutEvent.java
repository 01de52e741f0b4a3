// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp.jfr;

import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Timespan;

/** The retransmission timer expired. */
@Name("vireo.RetransmissionTimeout")
@Label("Retransmission Timeout")
@Description("The retransmission timer expired; what was sent long enough ago is sent again")
public final class RetransmissionTimeoutEvent extends ConnectionEvent {
  @Label("Timeouts In A Row")
  @Description("Without an answer in between")
  public int timeoutsInARow;

  @Label("Next Timeout")
  @Description("RTO, backed off")
  @Timespan(Timespan.NANOSECONDS)
  public long nextTimeout;

  @Label("Bytes Unacknowledged")
  @DataAmount
  public long bytesUnacknowledged;

  @Label("Congestion Window")
  @DataAmount
  public long congestionWindow;

  @Label("Slow Start Threshold")
  @DataAmount
  public long slowStartThreshold;
}
