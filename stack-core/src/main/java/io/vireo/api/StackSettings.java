// SPDX-License-Identifier: Apache-2.0
package io.vireo.api;

import io.vireo.time.NanoClock;
import java.util.List;
import java.util.Objects;

/**
 * Settings of a stack. Immutable; ranges are checked here, the spelling of addresses where the stack is made. A value after the range is
 * the default.
 *
 * @param addresses addresses of our own with prefix length, such as "10.77.0.2/24", the first one preferred; the stack
 *     answers and asks ARP for them. None: those that the kernel has on the NIC's interface, with its routes and neighbours
 * @param gateway address of the router on the link, or null: peers on the link only
 * @param framesPerPoll most frames, timers and events per turn, 1 to 4,096; 64; bounds the callbacks of a turn
 * @param firstLocalPort where the ports begin that connect chooses from, 1 to lastLocalPort; 32,768, as Linux
 * @param lastLocalPort where they end, firstLocalPort to 65,535; 60,999, as Linux
 * @param timeWaitConnections most entries in TIME-WAIT, 0 to 16,777,216; 65,536; the oldest is recycled
 * @param timeWaitNs length of TIME-WAIT, 1 ms to one hour; 60 s is 2 x 30 s (RFC 9293 MUST-13)
 * @param bufferMemoryBytes cap of all send, receive and reorder buffers, 64 KiB to 1 TiB; 256 MiB; memory is touched on use
 * @param limits what strangers may cost
 * @param clock the clock; System::nanoTime, but for tests
 * @param seed secret of initial sequence numbers, ports and hash keys; 0: from SecureRandom, which is right for everybody
 *     but a test
 */
public record StackSettings(
    List<String> addresses,
    String gateway,
    int framesPerPoll,
    int firstLocalPort,
    int lastLocalPort,
    int timeWaitConnections,
    long timeWaitNs,
    long bufferMemoryBytes,
    Limits limits,
    NanoClock clock,
    long seed) {

  private static final long MS = 1_000_000L;

  /** Checks every range; IllegalArgumentException names value and limits. */
  public StackSettings {
    addresses = List.copyOf(addresses);
    if (addresses.size() > 1_024) {
      throw new IllegalArgumentException(
          "at most 1,024 addresses are possible, not " + addresses.size());
    }
    Range.check("framesPerPoll", framesPerPoll, 1, 4_096);
    Range.check("firstLocalPort", firstLocalPort, 1, 65_535);
    Range.check("lastLocalPort", lastLocalPort, firstLocalPort, 65_535);
    Range.check("timeWaitConnections", timeWaitConnections, 0, 1 << 24);
    Range.check("timeWaitNs", timeWaitNs, MS, 3_600_000 * MS);
    Range.check("bufferMemoryBytes", bufferMemoryBytes, 64 << 10, 1L << 40);
    Objects.requireNonNull(limits, "limits");
    Objects.requireNonNull(clock, "clock");
  }

  /** Addresses of our own with prefix length and the defaults for everything else. Never resolves names. */
  public static StackSettings of(String... addresses) {
    if (addresses.length == 0) {
      throw new IllegalArgumentException("1 to 1,024 addresses are needed, not 0");
    }
    return defaults(addresses);
  }

  /**
   * Shares the addresses, routes and neighbours that the kernel has on the interface of the NIC, which must be one that steers flows (AF_XDP, ef_vi); and the
   * defaults for everything else.
   */
  public static StackSettings ofInterface() {
    return defaults();
  }

  private static StackSettings defaults(String... addresses) {
    return new StackSettings(
        List.of(addresses),
        null,
        64,
        32_768,
        60_999,
        65_536,
        60_000 * MS,
        256L << 20,
        Limits.defaults(),
        System::nanoTime,
        0);
  }

  /** These settings with another gateway. */
  public StackSettings withGateway(String gateway) {
    Draft draft = new Draft(this);
    draft.gateway = gateway;
    return draft.done();
  }

  /** These settings with another framesPerPoll. */
  public StackSettings withFramesPerPoll(int framesPerPoll) {
    Draft draft = new Draft(this);
    draft.framesPerPoll = framesPerPoll;
    return draft.done();
  }

  /** These settings with another firstLocalPort. */
  public StackSettings withFirstLocalPort(int firstLocalPort) {
    Draft draft = new Draft(this);
    draft.firstLocalPort = firstLocalPort;
    return draft.done();
  }

  /** These settings with another lastLocalPort. */
  public StackSettings withLastLocalPort(int lastLocalPort) {
    Draft draft = new Draft(this);
    draft.lastLocalPort = lastLocalPort;
    return draft.done();
  }

  /** These settings with another timeWaitConnections. */
  public StackSettings withTimeWaitConnections(int timeWaitConnections) {
    Draft draft = new Draft(this);
    draft.timeWaitConnections = timeWaitConnections;
    return draft.done();
  }

  /** These settings with another timeWaitNs. */
  public StackSettings withTimeWaitNs(long timeWaitNs) {
    Draft draft = new Draft(this);
    draft.timeWaitNs = timeWaitNs;
    return draft.done();
  }

  /** These settings with another bufferMemoryBytes. */
  public StackSettings withBufferMemoryBytes(long bufferMemoryBytes) {
    Draft draft = new Draft(this);
    draft.bufferMemoryBytes = bufferMemoryBytes;
    return draft.done();
  }

  /** These settings with another limits. */
  public StackSettings withLimits(Limits limits) {
    Draft draft = new Draft(this);
    draft.limits = limits;
    return draft.done();
  }

  /** These settings with another clock. */
  public StackSettings withClock(NanoClock clock) {
    Draft draft = new Draft(this);
    draft.clock = clock;
    return draft.done();
  }

  /** These settings with another seed. */
  public StackSettings withSeed(long seed) {
    Draft draft = new Draft(this);
    draft.seed = seed;
    return draft.done();
  }

  /** Components on their way into changed settings. */
  private static final class Draft {
    private List<String> addresses;
    private String gateway;
    private int framesPerPoll;
    private int firstLocalPort;
    private int lastLocalPort;
    private int timeWaitConnections;
    private long timeWaitNs;
    private long bufferMemoryBytes;
    private Limits limits;
    private NanoClock clock;
    private long seed;

    Draft(StackSettings from) {
      addresses = from.addresses;
      gateway = from.gateway;
      framesPerPoll = from.framesPerPoll;
      firstLocalPort = from.firstLocalPort;
      lastLocalPort = from.lastLocalPort;
      timeWaitConnections = from.timeWaitConnections;
      timeWaitNs = from.timeWaitNs;
      bufferMemoryBytes = from.bufferMemoryBytes;
      limits = from.limits;
      clock = from.clock;
      seed = from.seed;
    }

    StackSettings done() {
      return new StackSettings(
          addresses,
          gateway,
          framesPerPoll,
          firstLocalPort,
          lastLocalPort,
          timeWaitConnections,
          timeWaitNs,
          bufferMemoryBytes,
          limits,
          clock,
          seed);
    }
  }
}
