// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What one direction of the wire does to its frames until the network heals. What becomes of a frame follows from the seed,
 * the direction and the number of the frame alone, so that a run can be repeated with faults taken out.
 */
final class LinkPlan {
  /** Losses by rule rather than by chance. */
  enum Rule {
    NONE,
    FIRST_FRAMES,
    EVERY_NTH,
    FIN,
    SYN,
    PURE_ACK,
    DATA
  }

  /** From and until, in nanoseconds since the start. */
  record Span(long fromNs, long untilNs) {
    boolean holds(long atNs) {
      return atNs >= fromNs && atNs < untilNs;
    }
  }

  private static final double[] LEVELS = {0.002, 0.01, 0.05, 0.15, 0.30};
  private static final int BLOCK = 64;
  private static final long MS = 1_000_000L;

  final long delayNs;
  final long jitterNs;
  final double loss;
  final double corruption;
  final double duplication;
  final double reordering;
  final long reorderingNs;
  final double bursts;
  final int burstFrames;
  final Rule rule;
  final int ruleNumber;
  final List<Span> outages;
  final int transmitSlots;
  final long completionNs;
  final List<Span> stuck;

  private final Draws draws;
  private final long direction;
  private final long healNs;

  LinkPlan(Draws draws, long direction, long healNs) {
    this.draws = draws;
    this.direction = direction;
    this.healNs = healNs;
    delayNs = draws.pick(
        new long[] {0, 1_000, 50_000, 50_000, MS, 20 * MS, 200 * MS}, "delay", direction);
    jitterNs = draws.chance(0.4, "jitter?", direction)
        ? Draws.logarithmic(draws.stream("jitter", direction), 1_000, 500 * MS)
        : 0;
    loss = level("loss");
    corruption = level("corruption") / 4;
    duplication = level("duplication");
    reordering = level("reordering");
    reorderingNs = Draws.logarithmic(draws.stream("held back", direction), 1_000, 1_500 * MS);
    bursts = draws.chance(0.2, "bursts?", direction) ? 0.3 : 0;
    burstFrames = 2 + draws.below(40, "burst", direction);
    rule = draws.chance(0.25, "rule?", direction)
        ? Rule.values()[1 + draws.below(Rule.values().length - 1, "rule", direction)]
        : Rule.NONE;
    ruleNumber = 2 + draws.below(12, "rule number", direction);
    outages = spans("outage", 0.25, 30_000 * MS);
    transmitSlots =
        (int) draws.pick(new long[] {128, 128, 128, 64, 16, 12, 9, 8}, "transmit slots", direction);
    completionNs =
        draws.pick(new long[] {0, 0, 0, 1_000, 100_000, 5 * MS, 50 * MS}, "completion", direction);
    stuck = spans("stuck", 0.15, 2_000 * MS);
  }

  private double level(String name) {
    boolean active = healNs > 0 && draws.chance(0.45, name + "?", direction);
    return active ? LEVELS[draws.below(LEVELS.length, name, direction)] : 0;
  }

  private List<Span> spans(String name, double probability, long longestNs) {
    List<Span> spans = new ArrayList<>();
    while (healNs > 0
        && spans.size() < 3
        && draws.chance(probability, name + "?", direction, spans.size())) {
      SplittableRandom random = draws.stream(name, direction, spans.size());
      long from = random.nextLong(healNs);
      spans.add(new Span(from, from + Draws.logarithmic(random, MS, longestNs)));
    }
    return spans;
  }

  /** How long a frame may be under way, at the most. */
  long longestUnderWayNs() {
    return delayNs + jitterNs + (reordering > 0 ? reorderingNs : 0) + completionNs;
  }

  boolean faultless() {
    return healNs == 0
        || (loss == 0
            && corruption == 0
            && bursts == 0
            && rule == Rule.NONE
            && outages.isEmpty()
            && stuck.isEmpty());
  }

  boolean isStuck(long atNs) {
    return atNs < healNs && anyHolds(stuck, atNs);
  }

  /** When a NIC that is stuck goes on. */
  long stuckUntilNs(long atNs) {
    long until = atNs;
    for (Span span : stuck) {
      if (span.holds(until)) {
        until = Math.min(span.untilNs(), healNs);
      }
    }
    return until;
  }

  /** Whether a frame is lost, by chance or by rule. */
  boolean loses(long frame, long atNs, FrameKind kind) {
    if (atNs >= healNs) {
      return false;
    }
    return anyHolds(outages, atNs)
        || (loss > 0 && draws.chance(loss, "lost", direction, frame))
        || inBurst(frame)
        || byRule(frame, kind);
  }

  private boolean inBurst(long frame) {
    if (bursts == 0) {
      return false;
    }
    long block = frame / BLOCK;
    if (!draws.chance(bursts, "burst in block", direction, block)) {
      return false;
    }
    int from = draws.below(BLOCK, "burst from", direction, block);
    long at = frame % BLOCK;
    return at >= from && at < from + burstFrames;
  }

  private boolean byRule(long frame, FrameKind kind) {
    return switch (rule) {
      case NONE -> false;
      case FIRST_FRAMES -> frame < ruleNumber;
      case EVERY_NTH -> frame % ruleNumber == 0;
      case FIN -> kind == FrameKind.FIN;
      case SYN -> kind == FrameKind.SYN;
      case PURE_ACK -> kind == FrameKind.PURE_ACK;
      case DATA -> kind == FrameKind.DATA && frame % ruleNumber != 0;
    };
  }

  /** Which bit of a frame of so many bytes is flipped, or -1. */
  int corruptedBit(long frame, long atNs, int bytes) {
    if (atNs >= healNs
        || corruption == 0
        || !draws.chance(corruption, "corrupt", direction, frame)) {
      return -1;
    }
    return draws.below(8 * bytes, "bit", direction, frame);
  }

  boolean duplicates(long frame, long atNs) {
    return atNs < healNs
        && duplication > 0
        && draws.chance(duplication, "duplicate", direction, frame);
  }

  boolean reorders(long frame, long atNs) {
    return atNs < healNs && reordering > 0 && draws.chance(reordering, "reorder", direction, frame);
  }

  long underWayNs(long frame, long atNs) {
    if (atNs >= healNs || jitterNs == 0) {
      return delayNs;
    }
    return delayNs + draws.stream("under way", direction, frame).nextLong(jitterNs + 1);
  }

  private static boolean anyHolds(List<Span> spans, long atNs) {
    for (int i = 0; i < spans.size(); i++) {
      if (spans.get(i).holds(atNs)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public String toString() {
    return "delay " + delayNs + " jitter " + jitterNs + " loss " + loss + " corruption "
        + corruption
        + " duplication " + duplication + " reordering " + reordering + " by " + reorderingNs
        + (bursts > 0 ? " bursts of " + burstFrames : "")
        + (rule == Rule.NONE ? "" : " rule " + rule + " " + ruleNumber)
        + " outages " + outages + " slots " + transmitSlots + " completion " + completionNs
        + " stuck " + stuck;
  }
}
