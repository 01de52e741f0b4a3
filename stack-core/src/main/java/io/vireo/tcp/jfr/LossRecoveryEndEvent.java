// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp.jfr;

import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** The repair of losses is over, in fast recovery or after a timeout. */
@Name("vireo.LossRecoveryEnd")
@Label("Loss Recovery End")
@Description("The repair of losses is over, in fast recovery or after a timeout")
public final class LossRecoveryEndEvent extends ConnectionEvent {
  @Label("Outcome")
  @Description(
      "repaired; undone: nothing was lost; timeout: a timeout follows; resegmented: all is sent again in smaller segments")
  public String outcome;

  @Label("Congestion Window")
  @DataAmount
  public long congestionWindow;

  @Label("Slow Start Threshold")
  @DataAmount
  public long slowStartThreshold;
}
