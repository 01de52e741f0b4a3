// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp.congestion;

import io.vireo.api.HotPath;

/**
 * What one ACK told: filled anew for each by loss recovery, read by congestion control. There is one per stack, so nothing is
 * kept of it beyond the call. A count of ECN marks will be one more field.
 */
public final class AckSample {
  /** By how much SND.UNA advanced, in bytes; of the ACK that ends a fast recovery only what it delivers. */
  public int ackedBytes;

  /** Newly acknowledged or SACKed by this ACK: each byte once. */
  public int deliveredBytes;

  /** Newly marked lost by this ACK. */
  public int lostBytes;

  /** RFC 6675's pipe before this ACK. */
  public int priorFlight;

  /** RFC 6675's pipe after this ACK. */
  public int flight;

  /** Round trip time measured by this ACK; 0: none. */
  public long rttNs;

  /** SRTT (RFC 6298), this ACK's sample included; 0: none yet. */
  public long srttNs;

  /** The connection's minimum round trip time; 0: none yet. */
  public long minRttNs;

  /** Whether cwnd stopped the sender since the ACK before: a window that is not used does not grow (RFC 7661, RFC 9002 §7.8). */
  public boolean windowLimited;

  /** Fast recovery is under way, and this ACK does not end it: how much may leave is PRR's matter (RFC 6937). */
  public boolean recovering;

  /** SND.UNA, this ACK included. */
  public int sndUna;

  /** SND.NXT: the end of all that was sent. */
  public int sndNxt;

  /** Bytes delivered during {@link #intervalNs}. */
  public long deliveredInterval;

  /** How long that took; 0: no valid sample. */
  public long intervalNs;

  /** The sample was taken while the application, not the window, was the bound. */
  public boolean appLimited;

  // Of the segment sent last among those that this ACK delivered; DeliveryRate writes and reads
  // them.
  boolean hasSegment;
  long sentNs;
  int priorDelivered;
  long sendElapsedNs;
  long ackElapsedNs;

  /** Forgets the ACK before: all fields are 0 or false. */
  @HotPath
  public void clear() {
    ackedBytes = 0;
    deliveredBytes = 0;
    lostBytes = 0;
    priorFlight = 0;
    flight = 0;
    rttNs = 0;
    srttNs = 0;
    minRttNs = 0;
    windowLimited = false;
    recovering = false;
    sndUna = 0;
    sndNxt = 0;
    deliveredInterval = 0;
    intervalNs = 0;
    appLimited = false;
    hasSegment = false;
  }

  /** Bytes per second at which the network delivered; 0: no valid sample. */
  @HotPath
  public long deliveryRate() {
    return intervalNs == 0 ? 0 : deliveredInterval * 1_000_000_000L / intervalNs;
  }
}
