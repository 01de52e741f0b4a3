// SPDX-License-Identifier: Apache-2.0
package io.vireo.goodput;

import io.vireo.api.CongestionAlgorithm;
import io.vireo.api.TcpSettings;

/** A sender: its congestion control, and what it may learn of its losses. */
enum Variant {
  CUBIC(CongestionAlgorithm.CUBIC, true),
  NEWRENO(CongestionAlgorithm.NEWRENO, true),
  CUBIC_PLAIN(CongestionAlgorithm.CUBIC, false),
  NEWRENO_PLAIN(CongestionAlgorithm.NEWRENO, false);

  private static final int BUFFER_BYTES = 4 << 20;

  final CongestionAlgorithm algorithm;

  /** SACK and timestamps. */
  final boolean options;

  Variant(CongestionAlgorithm algorithm, boolean options) {
    this.algorithm = algorithm;
    this.options = options;
  }

  String title() {
    return algorithm + (options ? "" : ", plain");
  }

  TcpSettings settings() {
    return TcpSettings.defaults()
        .withConnections(16)
        .withSendBufferBytes(BUFFER_BYTES)
        .withReceiveBufferBytes(BUFFER_BYTES)
        .withTimestamps(options)
        .withSelectiveAcks(options)
        .withCongestionAlgorithm(algorithm);
  }
}
