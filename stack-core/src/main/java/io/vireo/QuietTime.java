// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import io.vireo.api.HotPath;

/** Until when a stack has nothing to do, unless a frame comes or somebody calls it: turns in that time cost a look at the NIC and the clock. */
final class QuietTime {
  private boolean begun;
  private long untilNs;

  /** Something has come, or may have. */
  @HotPath
  void end() {
    begun = false;
  }

  /** A whole turn found nothing, and nothing falls due before {@code untilNs}. */
  void begin(long untilNs) {
    begun = true;
    this.untilNs = untilNs;
  }

  @HotPath
  boolean lasts(long nowNs) {
    return begun && nowNs - untilNs < 0;
  }
}
