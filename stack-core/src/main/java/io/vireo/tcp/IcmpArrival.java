// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.CloseReason;
import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.api.SoftError;
import io.vireo.ip.PathMtus;
import io.vireo.wire.IcmpMessage;
import io.vireo.wire.SequenceNumber;

/**
 * What an ICMP error does to a connection: RFC 9293 §3.9.2.2, as careful as RFC 5927 asks. Holds no state of any connection. An error that
 * quotes nothing of what is under way is not believed; what is believed ends no connection that lives.
 */
final class IcmpArrival {
  /** RFC 1191 §7.1: sizes that paths have, for routers that do not say theirs. */
  private static final int[] PLATEAUS = {32_000, 17_914, 8_166, 4_352, 2_002, 1_492, 1_006, 508};

  private final PathMtus pathMtus;
  private final Counters counters;
  private final ConnectionEvents events;

  IcmpArrival(PathMtus pathMtus, Counters counters, ConnectionEvents events) {
    this.pathMtus = pathMtus;
    this.counters = counters;
    this.events = events;
  }

  /** An error about the datagram of {@code quotedBytes} that carried {@code quotedSeq}; {@code mtu}: of "fragmentation needed". */
  void onError(
      Connection c, int type, int code, int quotedSeq, int quotedBytes, int mtu, long nowNs) {
    if (!isUnderWay(c, quotedSeq)) {
      counters.increment(Counter.ICMP_ERRORS_STALE);
      return;
    }
    counters.increment(Counter.ICMP_ERRORS_MATCHED);
    if (type == IcmpMessage.DESTINATION_UNREACHABLE) {
      if (code == IcmpMessage.CODE_FRAGMENTATION_NEEDED) {
        onTooBig(c, mtu > 0 ? mtu : plateauBelow(quotedBytes), quotedBytes, nowNs);
        return;
      }
      boolean hard = code == IcmpMessage.CODE_PROTOCOL_UNREACHABLE
          || code == IcmpMessage.CODE_PORT_UNREACHABLE;
      if (hard && c.state() == TcpState.SYN_SENT) {
        // RFC 5927 §5.2: only here.
        c.close(CloseReason.REFUSED);
        return;
      }
    }
    if (c.delivery.mayTellUnreachable(nowNs)) {
      c.delivery.onSoftError(SoftError.UNREACHABLE);
    }
  }

  /** RFC 5927 §4.1: whoever cannot see our segments has to guess. */
  private static boolean isUnderWay(Connection c, int seq) {
    if (!c.state().synchronised()) {
      return c.state() != TcpState.CLOSED && seq == c.handshake.iss();
    }
    return SequenceNumber.between(c.sender.sndUna(), seq, c.sender.sndMax());
  }

  private void onTooBig(Connection c, int mtu, int quotedBytes, long nowNs) {
    if (c.state().synchronised() && c.pathMtu.onTooBig(mtu, quotedBytes, c.sender.mss())) {
      counters.increment(Counter.PATH_MTU_REDUCED);
      pathMtus.learn(c.route.remote(), c.pathMtu.limitMtu(), nowNs);
      boolean repairing = c.recovery.recovering() || c.recovery.afterTimeout();
      c.recovery.onCutAnew(nowNs);
      if (repairing) {
        events.onRecoveryEnd(c, ConnectionEvents.RESEGMENTED);
      }
    }
  }

  private static int plateauBelow(int bytes) {
    for (int plateau : PLATEAUS) {
      if (plateau < bytes) {
        return plateau;
      }
    }
    return 1;
  }
}
