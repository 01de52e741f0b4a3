// SPDX-License-Identifier: Apache-2.0
package io.vireo.testing;

import io.vireo.api.CongestionAlgorithm;
import io.vireo.api.TcpSettings;

/** For tests that mean exact segments or exact amounts: TCP without options that every segment carries, and buffers of 64 KiB. */
public final class PlainSettings {
  /** The defaults of today and tomorrow apart from that. */
  public static final TcpSettings TCP = TcpSettings.defaults()
      .withTimestamps(false)
      .withSelectiveAcks(false)
      .withCongestionAlgorithm(CongestionAlgorithm.NEWRENO)
      .withSendBufferBytes(64 << 10)
      .withReceiveBufferBytes(64 << 10);

  private PlainSettings() {}
}
