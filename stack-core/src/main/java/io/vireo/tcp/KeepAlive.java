// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.HotPath;
import io.vireo.api.TcpSettings;

/** When the peer was heard last, and the probes that ask a silent one whether it is still there (RFC 9293 §3.8.4). */
final class KeepAlive {
  /** {@link #onDeadline}: it has been silent for too long. */
  static final long GONE = -1;

  /** Silence after which it is asked; 0: never. */
  private long idleNs;

  private long heardNs;
  private byte unanswered;
  private boolean probeDue;

  /** Silence of so long is asked about from now on; 0: never. */
  void setIdle(long idleNs) {
    this.idleNs = idleNs;
    unanswered = 0;
    probeDue = false;
  }

  boolean isOn() {
    return idleNs > 0;
  }

  /** Whether the peer owes no answer to a probe. */
  boolean isSteady() {
    return unanswered == 0 && !probeDue;
  }

  /** Any acceptable segment came. True: it answers a probe, and the silence begins anew. */
  @HotPath
  boolean onHeard(long nowNs) {
    heardNs = nowNs;
    if (unanswered == 0) {
      return false;
    }
    unanswered = 0;
    probeDue = false;
    return true;
  }

  /** The deadline has come: a probe may be due now. {@code busy}: data is under way, which asks the same (MUST-26). Returns the next deadline's distance, or GONE. */
  long onDeadline(TcpSettings settings, boolean busy, long nowNs) {
    long silentNs = nowNs - heardNs;
    if (busy) {
      unanswered = 0;
      return idleNs;
    }
    if (unanswered == 0 && silentNs < idleNs) {
      return idleNs - silentNs;
    }
    if (unanswered >= settings.keepAliveProbes()) {
      return GONE;
    }
    unanswered++;
    probeDue = true;
    return settings.keepAliveIntervalNs();
  }

  /** How long until it is to be looked at, from now. */
  long remainingNs(long nowNs) {
    return Math.max(idleNs - (nowNs - heardNs), 0);
  }

  boolean probeDue() {
    return probeDue;
  }

  void onProbeSent() {
    probeDue = false;
  }
}
