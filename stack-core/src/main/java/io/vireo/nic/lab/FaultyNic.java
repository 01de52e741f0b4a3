// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.lab;

import io.vireo.nic.Nic;
import io.vireo.nic.NicFeatures;
import io.vireo.nic.NicStatus;
import io.vireo.time.NanoClock;
import java.util.SplittableRandom;

/**
 * Wraps any NIC and spoils what it sends: the same frames in the same way for the same seed. What it receives passes as it is;
 * to spoil both directions, wrap both ends.
 *
 * <p>At first nothing is spoilt. Every fault may be switched on, changed and, with 0, switched off at any time; each draws
 * from random numbers of its own, so that changing one leaves the pattern of the others. A frame may suffer several.
 *
 * <pre>{@code
 * Nic nic = new FaultyNic(wire.left(), clock, seed).loss(0.01).delay(20_000_000).jitter(5_000_000);
 * Nic narrow = new FaultyNic(wire.left(), clock, seed).rate(10_000_000, 25_000);
 * }</pre>
 *
 * <p>A frame meets them in this order: loss, damage, the link's rate and queue, duplication, delay and jitter, reordering.
 *
 * <p>Frames that are held back are kept in memory of its own and given on from {@link #receive()} and {@link #ring()}; beyond
 * some thousand they are dropped and counted. Checksums are left to the stack, so that damage shows.
 */
public final class FaultyNic extends WrappedNic {
  private static final long HOUR_NS = 3_600_000_000_000L;
  private static final long LOWEST_RATE = 1_000;
  private static final long HIGHEST_RATE = 1_000_000_000_000L;
  private static final int LARGEST_QUEUE_BYTES = 1 << 29;

  private final NanoClock clock;
  private final NicFeatures features;
  private final SplittableRandom losses;
  private final SplittableRandom corruptions;
  private final SplittableRandom duplications;
  private final SplittableRandom reorderings;
  private final SplittableRandom jitters;
  private final SplittableRandom bursts;

  private double lossProbability;
  private double burstProbability;
  private double burstEndProbability;
  private boolean inBurst;
  private double corruptionProbability;
  private double duplicationProbability;
  private double reorderingProbability;
  private long reorderingNs;

  /** 0: the link takes no time. */
  private long bitsPerSecond;

  private int queueBytes;

  /** When the link will have sent all that it took on. */
  private long linkFreeNs;

  private long delayNs;
  private long jitterNs;

  /** Made when the first fault that needs it is switched on. */
  private HeldFrames held;

  /** When the frame in order sent last goes on; later ones do not overtake it. */
  private long lastInOrderNs;

  private long lost;
  private long queueDrops;
  private long corrupted;
  private long duplicated;
  private long reordered;
  private long overflowed;

  /** Wraps {@code nic}; times are those of {@code clock}. */
  public FaultyNic(Nic nic, NanoClock clock, long seed) {
    super(nic);
    this.clock = clock;
    NicFeatures wrapped = nic.features();
    this.features = new NicFeatures(
        wrapped.transmitSlots(), wrapped.largestFrame(), wrapped.verifiesChecksums(), false);
    SplittableRandom random = new SplittableRandom(seed);
    this.losses = random.split();
    this.corruptions = random.split();
    this.duplications = random.split();
    this.reorderings = random.split();
    this.jitters = random.split();
    this.bursts = random.split();
    this.lastInOrderNs = clock.nanoTime();
    this.linkFreeNs = lastInOrderNs;
  }

  /** Drops each frame with this probability. */
  public FaultyNic loss(double probability) {
    lossProbability = checkedProbability(probability);
    return this;
  }

  /**
   * Drops frames in bursts, as Gilbert's model has it: with each frame a burst begins with this probability; it takes {@code meanFrames} on
   * average, at least 1, all of which are lost.
   */
  public FaultyNic bursts(double probability, double meanFrames) {
    if (!(meanFrames >= 1)) {
      throw new IllegalArgumentException("mean of " + meanFrames + " frames, must be at least 1");
    }
    burstProbability = checkedProbability(probability);
    burstEndProbability = 1 / meanFrames;
    inBurst &= probability > 0;
    return this;
  }

  /** Flips one bit of each frame with this probability. */
  public FaultyNic corruption(double probability) {
    corruptionProbability = checkedProbability(probability);
    return this;
  }

  /** Sends each frame twice with this probability. */
  public FaultyNic duplication(double probability) {
    duplicationProbability = checkedProbability(probability);
    return this;
  }

  /**
   * Sends through a link of this rate, 1 kbit/s to 1 Tbit/s or 0 for one that takes no time, with a queue that drops what does not fit. What the link
   * is sending counts towards the queue as far as it has not left; a frame that finds the link idle passes, whatever its length. Counted are the
   * bytes of the frame as it is handed over.
   *
   * @param queueBytes 0 to 512 MiB
   */
  public FaultyNic rate(long bitsPerSecond, int queueBytes) {
    if (bitsPerSecond != 0 && (bitsPerSecond < LOWEST_RATE || bitsPerSecond > HIGHEST_RATE)) {
      throw new IllegalArgumentException("rate is " + bitsPerSecond + " bit/s, must be 0 or "
          + LOWEST_RATE + " to " + HIGHEST_RATE);
    }
    if (queueBytes < 0 || queueBytes > LARGEST_QUEUE_BYTES) {
      throw new IllegalArgumentException(
          "queue of " + queueBytes + " bytes, must be 0 to " + LARGEST_QUEUE_BYTES);
    }
    this.bitsPerSecond = bitsPerSecond;
    this.queueBytes = queueBytes;
    prepareToHold();
    return this;
  }

  /** Holds each frame back for {@code ns}, 0 to one hour. */
  public FaultyNic delay(long ns) {
    delayNs = checkedNs(ns);
    prepareToHold();
    return this;
  }

  /** Holds each frame back for a random time up to {@code ns}, 0 to one hour, without changing the order. */
  public FaultyNic jitter(long ns) {
    jitterNs = checkedNs(ns);
    prepareToHold();
    return this;
  }

  /** Holds each frame back with this probability for {@code ns}, 0 to one hour, so that later ones overtake it. */
  public FaultyNic reordering(double probability, long ns) {
    reorderingProbability = checkedProbability(probability);
    reorderingNs = checkedNs(ns);
    prepareToHold();
    return this;
  }

  /** Switches all faults off. Frames held back still go on when their time comes, and none overtakes them. */
  public FaultyNic heal() {
    return loss(0)
        .bursts(0, 1)
        .corruption(0)
        .duplication(0)
        .reordering(0, 0)
        .rate(0, 0)
        .delay(0)
        .jitter(0);
  }

  /** How many frames were dropped by chance, alone or in bursts. */
  public long lost() {
    return lost;
  }

  /** How many frames found the link's queue full. */
  public long queueDrops() {
    return queueDrops;
  }

  /** How many frames had a bit flipped. */
  public long corrupted() {
    return corrupted;
  }

  /** How many frames were sent twice. */
  public long duplicated() {
    return duplicated;
  }

  /** How many frames were held back for others to overtake. */
  public long reordered() {
    return reordered;
  }

  /** How many frames, or second copies, were dropped: no more could be held back, no slot was free. */
  public long overflowed() {
    return overflowed;
  }

  @Override
  public long receive() {
    if (isHolding()) {
      giveOn(clock.nanoTime());
    }
    return nic.receive();
  }

  @Override
  public void transmit(int offset, int length, int segmentSize, int flags) {
    // Both are drawn, since each has its own pattern.
    boolean inBurst = isInBurst();
    if (happens(losses, lossProbability) || inBurst) {
      lost++;
      nic.abandon(offset);
      return;
    }
    if (happens(corruptions, corruptionProbability)) {
      corrupted++;
      int bit = corruptions.nextInt(8 * length);
      int place = offset + bit / 8;
      transmitMemory().put(place, (byte) (transmitMemory().get(place) ^ 1 << bit % 8));
    }
    boolean twice = happens(duplications, duplicationProbability);
    long now = clock.nanoTime();
    if (bitsPerSecond != 0 && !queue(length, now)) {
      queueDrops++;
      nic.abandon(offset);
      return;
    }
    if (twice) {
      duplicated++;
    }
    long releaseNs = releaseNs(bitsPerSecond == 0 ? now : linkFreeNs);
    if (releaseNs - now > 0 || isHoldingSince(now)) {
      hold(offset, length, segmentSize, flags, releaseNs);
      if (twice) {
        hold(offset, length, segmentSize, flags, releaseNs);
      }
      nic.abandon(offset);
      return;
    }
    int copy = twice ? copyOf(offset, length) : FULL;
    nic.transmit(offset, length, segmentSize, flags);
    if (copy != FULL) {
      nic.transmit(copy, length, segmentSize, flags);
    }
  }

  private boolean isInBurst() {
    inBurst = inBurst ? !happens(bursts, burstEndProbability) : happens(bursts, burstProbability);
    return inBurst;
  }

  /** The link takes a frame on; false if the queue has no room. */
  private boolean queue(int length, long now) {
    long waitNs = Math.max(linkFreeNs - now, 0);
    long sendingNs = sendingNs(length);
    if (waitNs > 0 && waitNs + sendingNs > sendingNs(queueBytes)) {
      return false;
    }
    linkFreeNs = now + waitNs + sendingNs;
    return true;
  }

  private long sendingNs(int bytes) {
    return bytes * 8_000_000_000L / bitsPerSecond;
  }

  private long releaseNs(long sentNs) {
    long releaseNs = sentNs + delayNs + (jitterNs == 0 ? 0 : jitters.nextLong(jitterNs + 1));
    if (happens(reorderings, reorderingProbability)) {
      reordered++;
      return releaseNs + reorderingNs;
    }
    if (releaseNs - lastInOrderNs > 0) {
      lastInOrderNs = releaseNs;
    }
    return lastInOrderNs;
  }

  private void hold(int offset, int length, int segmentSize, int flags, long releaseNs) {
    if (!held.hold(transmitMemory(), offset, length, segmentSize, flags, releaseNs)) {
      overflowed++;
    }
  }

  private int copyOf(int offset, int length) {
    int copy = nic.claim(length);
    if (copy == FULL) {
      overflowed++;
    } else {
      transmitMemory().put(copy, transmitMemory(), offset, length);
    }
    return copy;
  }

  private boolean isHolding() {
    return held != null && !held.isEmpty();
  }

  private boolean isHoldingSince(long now) {
    return isHolding() && held.firstNs() - now <= 0;
  }

  /** Sends the held frames whose time has come, as far as there are slots. */
  private void giveOn(long now) {
    if (!isHoldingSince(now)) {
      return;
    }
    while (isHoldingSince(now)) {
      int offset = nic.claim(held.length());
      if (offset != FULL) {
        transmitMemory().put(offset, held.memory, held.offset(), held.length());
        nic.transmit(offset, held.length(), held.segmentSize(), held.flags());
      } else if (nic.status() == NicStatus.FAILED) {
        overflowed++;
      } else {
        break;
      }
      held.removeFirst();
    }
    nic.ring();
  }

  @Override
  public void ring() {
    if (isHolding()) {
      giveOn(clock.nanoTime());
    }
    nic.ring();
  }

  @Override
  public void await(long maxWaitNs) {
    long waitNs = maxWaitNs;
    if (isHolding()) {
      waitNs = Math.max(0, Math.min(waitNs, held.firstNs() - clock.nanoTime()));
    }
    nic.await(waitNs);
  }

  @Override
  public long nextFrameNs() {
    long next = nic.nextFrameNs();
    if (!isHolding()) {
      return next;
    }
    return next == UNKNOWN || held.firstNs() - next < 0 ? held.firstNs() : next;
  }

  @Override
  public NicFeatures features() {
    return features;
  }

  private void prepareToHold() {
    if (held == null) {
      held = new HeldFrames(features.largestFrame());
    }
  }

  private static boolean happens(SplittableRandom random, double probability) {
    return probability > 0 && random.nextDouble() < probability;
  }

  private static double checkedProbability(double probability) {
    if (!(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException("probability is " + probability + ", must be 0 to 1");
    }
    return probability;
  }

  private static long checkedNs(long ns) {
    if (ns < 0 || ns > HOUR_NS) {
      throw new IllegalArgumentException("time is " + ns + " ns, must be 0 to " + HOUR_NS);
    }
    return ns;
  }
}
