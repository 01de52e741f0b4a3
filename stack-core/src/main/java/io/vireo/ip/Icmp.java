// SPDX-License-Identifier: Apache-2.0
package io.vireo.ip;

import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.api.HotPath;
import io.vireo.wire.IcmpMessage;
import io.vireo.wire.InternetChecksum;
import io.vireo.wire.Ipv4Header;
import io.vireo.wire.TcpHeader;
import io.vireo.wire.TokenBucket;
import java.nio.ByteBuffer;

/**
 * ICMP (RFC 792, RFC 1122 section 3.2.2): answers echo, refuses protocols, and tells what errors quote. All that it
 * sends goes back to the station that caused it, within one budget.
 */
public final class Icmp {
  /** {@link #accept}: nothing for the layers above. */
  public static final int NONE = 0;

  /** {@link #accept}: an error about a segment of ours; the methods named error… and quoted… describe it. */
  public static final int ERROR = 1;

  /** This part of a second's messages may leave at once; as Linux has it (icmp_msgs_per_sec, icmp_msgs_burst). */
  private static final int BURST_FRACTION = 20;

  /** RFC 792: an error quotes the header and the first 64 bits behind it. */
  private static final int QUOTED_PAYLOAD_BYTES = 8;

  private final Ipv4Input input;
  private final Ipv4Output output;
  private final Routes routes;
  private final Counters counters;
  private final TokenBucket budget;
  private int errorType;
  private int errorCode;
  private int nextHopMtu;
  private int quotedLocal;
  private int quotedRemote;
  private int quotedBytes;
  private int quotedProtocol;
  private int quotedPayloadOffset;

  /**
   * Nothing is sent but answers.
   *
   * @param perSecond most messages per second
   * @param seed makes the budget unpredictable
   */
  public Icmp(
      Ipv4Input input,
      Ipv4Output output,
      Routes routes,
      int perSecond,
      long seed,
      Counters counters) {
    this.input = input;
    this.output = output;
    this.routes = routes;
    this.counters = counters;
    this.budget = TokenBucket.randomised(perSecond, Math.max(1, perSecond / BURST_FRACTION), seed);
  }

  /** Looks at the message of length bytes at offset, in the datagram that input accepted last. NONE or ERROR. */
  @HotPath
  public int accept(int offset, int length, long nowNs) {
    // Always by ourselves: a NIC vouches for IPv4 and TCP only.
    if (length < IcmpMessage.HEADER_LENGTH
        || !InternetChecksum.verifies(input.checksum().sum(offset, length))) {
      return drop(Counter.ICMP_MALFORMED);
    }
    ByteBuffer memory = input.memory();
    int type = IcmpMessage.type(memory, offset);
    int code = IcmpMessage.code(memory, offset);
    return switch (type) {
      case IcmpMessage.ECHO_REQUEST ->
        code == 0 ? answerEcho(offset, length, nowNs) : drop(Counter.ICMP_IGNORED);
      case IcmpMessage.DESTINATION_UNREACHABLE -> onError(type, code, 15, offset, length);
      case IcmpMessage.TIME_EXCEEDED -> onError(type, code, 1, offset, length);
      case IcmpMessage.PARAMETER_PROBLEM -> onError(type, code, 2, offset, length);
      // Among them source quench (RFC 6633), redirects (routes are the user's to set) and the
      // queries of RFC 6918.
      default -> drop(Counter.ICMP_IGNORED);
    };
  }

  private int drop(Counter cause) {
    counters.increment(cause);
    return NONE;
  }

  @HotPath
  private int answerEcho(int offset, int length, long nowNs) {
    if (length > output.payloadLimit() || !budget.take(nowNs)) {
      return drop(Counter.ICMP_SUPPRESSED);
    }
    int reply = output.claim(length, false);
    if (reply != Ipv4Output.FULL) {
      ByteBuffer target = output.memory();
      target.put(reply, input.memory(), offset, length);
      target.putInt(reply, IcmpMessage.ECHO_REPLY << 24);
      sendReply(reply, length);
      counters.increment(Counter.ICMP_ECHO_REPLIES_SENT);
    }
    return NONE;
  }

  /**
   * Answers the datagram that input accepted last with "protocol unreachable" (RFC 1122 section 3.2.2.1). It is neither
   * a fragment nor from or to a group, nor ICMP: those do not get here.
   */
  @HotPath
  public void refuseProtocol(int payloadLength, long nowNs) {
    if (!budget.take(nowNs)) {
      counters.increment(Counter.ICMP_SUPPRESSED);
      return;
    }
    ByteBuffer memory = input.memory();
    int headerOffset = input.headerOffset();
    int quotedBytes = Ipv4Header.headerLength(memory, headerOffset)
        + Math.min(payloadLength, QUOTED_PAYLOAD_BYTES);
    int error = output.claim(IcmpMessage.HEADER_LENGTH + quotedBytes, true);
    if (error != Ipv4Output.FULL) {
      ByteBuffer target = output.memory();
      IcmpMessage.write(
          target,
          error,
          IcmpMessage.DESTINATION_UNREACHABLE,
          IcmpMessage.CODE_PROTOCOL_UNREACHABLE,
          0);
      target.put(error + IcmpMessage.HEADER_LENGTH, memory, headerOffset, quotedBytes);
      sendReply(error, IcmpMessage.HEADER_LENGTH + quotedBytes);
      counters.increment(Counter.ICMP_ERRORS_SENT);
    }
  }

  @HotPath
  private void sendReply(int offset, int length) {
    int checksum = InternetChecksum.fold(output.checksum().sum(offset, length));
    IcmpMessage.writeChecksum(output.memory(), offset, checksum);
    output.sendTo(
        input.frameSourceMac(),
        input.destinationAddress(),
        input.sourceAddress(),
        Ipv4Header.PLAIN,
        offset,
        length,
        Ipv4Header.PROTOCOL_ICMP);
  }

  @HotPath
  private int onError(int type, int code, int highestCode, int offset, int length) {
    if (code > highestCode) {
      return drop(Counter.ICMP_IGNORED);
    }
    ByteBuffer memory = input.memory();
    int quote = offset + IcmpMessage.HEADER_LENGTH;
    if (!couldBeOurs(quote, length - IcmpMessage.HEADER_LENGTH)) {
      return drop(Counter.ICMP_MALFORMED);
    }
    errorType = type;
    errorCode = code;
    boolean tooBig = type == IcmpMessage.DESTINATION_UNREACHABLE
        && code == IcmpMessage.CODE_FRAGMENTATION_NEEDED;
    nextHopMtu = tooBig ? IcmpMessage.nextHopMtu(memory, offset) : 0;
    quotedLocal = Ipv4Header.sourceAddress(memory, quote);
    quotedRemote = Ipv4Header.destinationAddress(memory, quote);
    quotedBytes = Ipv4Header.totalLength(memory, quote);
    quotedProtocol = Ipv4Header.protocol(memory, quote);
    quotedPayloadOffset = quote + Ipv4Header.headerLength(memory, quote);
    return ERROR;
  }

  /** Whether the quote may begin a TCP segment that we sent from the address which the error came to. */
  @HotPath
  private boolean couldBeOurs(int quote, int quotedLength) {
    ByteBuffer memory = input.memory();
    if (quotedLength < Ipv4Header.MIN_LENGTH || Ipv4Header.version(memory, quote) != 4) {
      return false;
    }
    int headerLength = Ipv4Header.headerLength(memory, quote);
    return headerLength >= Ipv4Header.MIN_LENGTH
        && headerLength + QUOTED_PAYLOAD_BYTES <= quotedLength
        && Ipv4Header.totalLength(memory, quote) >= headerLength + TcpHeader.MIN_LENGTH
        && !Ipv4Header.isFragment(memory, quote)
        && Ipv4Header.protocol(memory, quote) == Ipv4Header.PROTOCOL_TCP
        && Ipv4Header.sourceAddress(memory, quote) == input.destinationAddress()
        && routes.nextHop(Ipv4Header.destinationAddress(memory, quote)) != Routes.NO_ROUTE;
  }

  /** Of the error accepted last: 3, 11 or 12. */
  public int errorType() {
    return errorType;
  }

  public int errorCode() {
    return errorCode;
  }

  /** For "fragmentation needed", else 0; 0 also from routers that do not know it. Anybody's claim: check it. */
  public int nextHopMtu() {
    return nextHopMtu;
  }

  /** The source of the datagram quoted: one of ours. */
  public int quotedLocal() {
    return quotedLocal;
  }

  /** The destination of the datagram quoted. */
  public int quotedRemote() {
    return quotedRemote;
  }

  /** Always TCP at present. */
  public int quotedProtocol() {
    return quotedProtocol;
  }

  /** Length of the datagram quoted, as its header says. */
  public int quotedBytes() {
    return quotedBytes;
  }

  /** Protocol or port unreachable: nobody is there who would listen. */
  public boolean refusesPort() {
    return errorType == IcmpMessage.DESTINATION_UNREACHABLE
        && (errorCode == IcmpMessage.CODE_PROTOCOL_UNREACHABLE
            || errorCode == IcmpMessage.CODE_PORT_UNREACHABLE);
  }

  /** Where in {@link Ipv4Input#memory()} the first 8 bytes of the payload quoted lie; no more may be read. */
  public int quotedPayloadOffset() {
    return quotedPayloadOffset;
  }
}
