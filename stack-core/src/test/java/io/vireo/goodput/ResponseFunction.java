// SPDX-License-Identifier: Apache-2.0
package io.vireo.goodput;

import io.vireo.api.CongestionAlgorithm;

/** The average window that an algorithm is expected to have where losses come by chance and alone, and neither buffers nor timeouts count. */
final class ResponseFunction {
  private ResponseFunction() {}

  static double segments(CongestionAlgorithm algorithm, double probability, double rttSeconds) {
    // Mathis et al. 1997, with an ACK for each segment, or byte counting.
    double reno = Math.sqrt(1.5 / probability);
    if (algorithm == CongestionAlgorithm.NEWRENO) {
      return reno;
    }
    // RFC 9438 §5.1 (6).
    return Math.max(reno, 1.054 * StrictMath.pow(rttSeconds / probability, 0.75));
  }
}
