// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp.jfr;

import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Timespan;

/** Segments were lost, and fast recovery begins. */
@Name("vireo.LossRecoveryBegin")
@Label("Loss Recovery Begin")
@Description("Segments were lost, and fast recovery begins")
public final class LossRecoveryBeginEvent extends ConnectionEvent {
  @Label("Congestion Window")
  @DataAmount
  public long congestionWindow;

  @Label("Slow Start Threshold")
  @DataAmount
  public long slowStartThreshold;

  @Label("Bytes Unacknowledged")
  @DataAmount
  public long bytesUnacknowledged;

  @Label("Bytes Lost")
  @Description("So far")
  @DataAmount
  public long bytesLost;

  @Label("Smoothed Round Trip")
  @Timespan(Timespan.NANOSECONDS)
  public long smoothedRoundTripTime;
}
