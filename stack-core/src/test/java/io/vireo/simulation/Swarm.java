// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import io.vireo.simulation.Fault.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Which faults a seed means: first which kinds are at work and how hard, then for each frame of each link, and for each moment,
 * what goes wrong. Each answer follows from the seed and the number of the frame alone, whatever else happens in the run.
 */
final class Swarm {
  /** Losses by rule rather than by chance. */
  enum Rule {
    FIRST_FRAMES,
    EVERY_NTH,
    FIN,
    SYN,
    PURE_ACK,
    DATA,
    ARP
  }

  private static final double[] LEVELS = {0.002, 0.01, 0.05, 0.15, 0.30};
  private static final int BLOCK = 64;
  private static final long MS = 1_000_000L;

  private final Draws draws;
  private final int hosts;
  private final long healNs;

  /** How often a frame of a link meets each kind: kinds by links. */
  private final double[][] levels;

  private final long[][] keys;
  private final int burstFrames;
  private final Rule[] rules;
  private final int[] ruleNumbers;
  private final long jitterNs;
  private final long reorderNs;
  private final int fragmentBytes;
  private final long lateFragmentNs;

  /** {@code wide}: every link up loses many frames, one by one. */
  Swarm(Draws draws, int hosts, long healNs, boolean wide) {
    this.draws = draws;
    this.hosts = hosts;
    this.healNs = healNs;
    int links = 2 * hosts;
    levels = new double[Kind.FRAGMENT.ordinal() + 1][links];
    keys = new long[Kind.FRAGMENT.ordinal() + 1][links];
    lateFragmentNs = draws.chance(0.5, "late fragments?")
        ? Draws.logarithmic(draws.stream("late fragments"), MS, 500 * MS)
        : 0;
    for (Kind kind : Kind.values()) {
      if (kind.ofFrame()) {
        drawLevels(kind, links);
      }
    }
    if (lateFragmentNs > 0 && draws.chance(0.5, "spoilt pieces?")) {
      spoilPieces(links);
    }
    for (int link = 0; wide && link < links; link += 2) {
      levels[Kind.LOSS.ordinal()][link] = 0.3;
    }
    burstFrames = 2 + draws.below(40, "burst");
    rules = new Rule[links];
    ruleNumbers = new int[links];
    for (int link = 0; link < links; link++) {
      rules[link] = Rule.values()[draws.below(Rule.values().length, "rule", link)];
      ruleNumbers[link] = 2 + draws.below(12, "rule number", link);
    }
    jitterNs = Draws.logarithmic(draws.stream("jitter"), 1_000, 500 * MS);
    reorderNs = Draws.logarithmic(draws.stream("held back"), 1_000, 1_500 * MS);
    fragmentBytes = 8 * (1 + draws.below(lateFragmentNs > 0 ? 20 : 70, "fragments"));
  }

  /** What is cut on a link up may be spoilt on any link down. */
  private void spoilPieces(int links) {
    boolean cuts = false;
    for (int up = 0; up < links; up += 2) {
      cuts |= levels[Kind.FRAGMENT.ordinal()][up] > 0;
    }
    double[] corrupt = levels[Kind.CORRUPT.ordinal()];
    for (int down = 1; cuts && down < links; down += 2) {
      corrupt[down] = Math.max(corrupt[down], 0.002);
    }
  }

  private void drawLevels(Kind kind, int links) {
    boolean active =
        healNs > 0 && draws.chance(probability(kind), "active?", kind.name().hashCode());
    double level = level(kind);
    boolean everywhere = draws.chance(0.5, "everywhere?", kind.name().hashCode());
    int direction = draws.below(2, "direction", kind.name().hashCode());
    for (int link = 0; link < links; link++) {
      boolean here = kind == Kind.DISCARD ? (link & 1) == 1 : (link & 1) == direction;
      here &= everywhere || draws.chance(0.5, "here?", kind.name().hashCode(), link);
      levels[kind.ordinal()][link] = active && here ? level : 0;
      keys[kind.ordinal()][link] = draws.key("happens", kind.name().hashCode(), link);
    }
  }

  private static double probability(Kind kind) {
    return switch (kind) {
      case LOSS, REORDER -> 0.4;
      case RULE, BURST, DISCARD -> 0.15;
      case FRAGMENT -> 0.15;
      case OLD_COPY -> 0.2;
      default -> 0.3;
    };
  }

  private double level(Kind kind) {
    double level = LEVELS[draws.below(LEVELS.length, "level", kind.name().hashCode())];
    return switch (kind) {
      case CORRUPT, DISCARD -> level / 4;
      // Enough that two senders' incomplete datagrams meet at a receiver.
      case FRAGMENT -> lateFragmentNs > 0 ? 0.3 : level / 2;
      case OLD_COPY -> level / 10;
      case DUPLICATE -> level * 5 / 3;
      case RULE -> 1;
      default -> level;
    };
  }

  /** Whether frames may come to harm at all. */
  boolean spoilsFrames() {
    for (Kind kind : Kind.values()) {
      boolean harms = switch (kind) {
        case DUPLICATE, JITTER, REORDER, OLD_COPY -> false;
        default -> true;
      };
      if (kind.ofFrame() && harms) {
        for (double level : levels[kind.ordinal()]) {
          if (level > 0) {
            return true;
          }
        }
      }
    }
    return false;
  }

  /** How much longer than usual a frame may be under way. */
  long longestDelayNs() {
    long longest = 0;
    for (int link = 0; link < 2 * hosts; link++) {
      long jitter = levels[Kind.JITTER.ordinal()][link] > 0 ? jitterNs : 0;
      long reorder = levels[Kind.REORDER.ordinal()][link] > 0 ? reorderNs : 0;
      long again = levels[Kind.DUPLICATE.ordinal()][link] > 0 ? 2 * MS : 0;
      longest = Math.max(longest, jitter + reorder + again);
    }
    return longest;
  }

  /** Adds what happens to the frame with this number on a link. */
  void addFaults(int link, long frame, FrameKind kind, List<Fault> faults) {
    for (Kind fault : Fault.Kind.values()) {
      if (!fault.ofFrame()) {
        return;
      }
      if (levels[fault.ordinal()][link] > 0 && happens(fault, link, frame, kind)) {
        long lateNs = fault == Kind.FRAGMENT ? lateFragmentNs : 0;
        faults.add(new Fault(fault, link, frame, argument(fault, link, frame), lateNs));
      }
    }
  }

  private boolean happens(Kind fault, int link, long frame, FrameKind kind) {
    return switch (fault) {
      case BURST -> inBurst(link, frame);
      case RULE -> byRule(link, frame, kind);
      case CORRUPT ->
        chance(fault, link, frame) || (kind == FrameKind.OTHER && isSpoiltPiece(link, frame));
      case OLD_COPY ->
        kind != FrameKind.ARP && (isOldSyn(kind, link, frame) || chance(fault, link, frame));
      default -> chance(fault, link, frame);
    };
  }

  private boolean chance(Kind fault, int link, long frame) {
    return Draws.uniform(keys[fault.ordinal()][link], frame) < levels[fault.ordinal()][link];
  }

  /** Fragments are few, and it takes a spoilt one for a datagram whose checksum nobody has seen yet to be wrong. */
  private boolean isSpoiltPiece(int link, long frame) {
    double level =
        lateFragmentNs > 0 ? 0.2 : Math.min(8 * levels[Kind.CORRUPT.ordinal()][link], 0.2);
    return Draws.uniform(~keys[Kind.CORRUPT.ordinal()][link], frame) < level;
  }

  /** Of connections' beginnings there are few, and much depends on them. */
  private boolean isOldSyn(FrameKind kind, int link, long frame) {
    return kind == FrameKind.SYN
        && Draws.uniform(~keys[Kind.OLD_COPY.ordinal()][link], frame) < 0.4;
  }

  private boolean inBurst(int link, long frame) {
    long block = frame / BLOCK;
    if (!chance(Kind.BURST, link, block)) {
      return false;
    }
    int from = draws.below(BLOCK, "burst from", link, block);
    long at = frame % BLOCK;
    return at >= from && at < from + burstFrames;
  }

  private boolean byRule(int link, long frame, FrameKind kind) {
    int number = ruleNumbers[link];
    return switch (rules[link]) {
      case FIRST_FRAMES -> frame < number;
      case EVERY_NTH -> frame % number == 0;
      case FIN -> kind == FrameKind.FIN;
      case SYN -> kind == FrameKind.SYN;
      case PURE_ACK -> kind == FrameKind.PURE_ACK;
      case DATA -> kind == FrameKind.DATA && frame % number != 0;
      case ARP -> kind == FrameKind.ARP;
    };
  }

  private long argument(Kind fault, int link, long frame) {
    SplittableRandom random = draws.stream("argument", fault.name().hashCode(), link, frame);
    return switch (fault) {
      case CORRUPT -> random.nextInt(12_208);
      case DUPLICATE -> random.nextInt(2) * random.nextLong(2 * MS);
      case JITTER -> random.nextLong(jitterNs + 1);
      case REORDER -> reorderNs;
      case FRAGMENT -> fragmentBytes;
      case OLD_COPY -> Draws.logarithmic(random, 1_000, 1_000_000);
      default -> 0;
    };
  }

  // ---- Faults of a time

  /** Those that happen at a time, all before the network heals. */
  List<Fault> timed() {
    List<Fault> faults = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      if (!kind.ofFrame() && healNs > 0) {
        double probability = kind.ordinal() >= Kind.LEAP.ordinal() ? 0.05 : 0.13;
        if (draws.chance(probability, "active?", kind.name().hashCode())) {
          int count = 1 + draws.below(3, "how often", kind.name().hashCode());
          for (int i = 0; i < count; i++) {
            faults.add(timed(kind, draws.stream("timed", kind.name().hashCode(), i)));
          }
        }
      }
    }
    return faults;
  }

  private Fault timed(Kind kind, SplittableRandom random) {
    long at = random.nextInt(3) == 0 ? random.nextLong(healNs) : random.nextLong(healNs / 8 + 1);
    int host = random.nextInt(hosts);
    long duration = Draws.logarithmic(random, MS, 30_000 * MS);
    return switch (kind) {
      case OUTAGE -> new Fault(kind, random.nextInt(2 * hosts), at, 0, duration);
      case SLOW ->
        new Fault(
            kind,
            random.nextInt(2 * hosts),
            at,
            Draws.logarithmic(random, 4_000, 1 << 20),
            duration);
      case NARROW ->
        new Fault(
            kind,
            2 * host + 1,
            at,
            (600 + random.nextInt(800)) | ((random.nextInt(4) / 3) << 16),
            duration);
      case PARTITION ->
        new Fault(
            kind,
            0,
            at,
            1 + random.nextInt((1 << hosts) - 1) | (long) random.nextInt(2) << 32,
            duration);
      case MTU ->
        new Fault(kind, 0, at, new long[] {576, 576, 296, 1_280}[random.nextInt(4)], duration);
      case STALL -> new Fault(kind, host, at, 0, Draws.logarithmic(random, 10 * MS, 10_000 * MS));
      case STUCK -> new Fault(kind, host, at, 0, Math.min(duration, 2_000 * MS));
      case STATION -> new Fault(kind, host, at, random.nextInt(100), 0);
      case STRANGER -> new Fault(kind, host, at, random.nextInt(1 << 30), 0);
      case HOARD -> new Fault(kind, host, at, random.nextInt(150), duration);
      case LEAP -> new Fault(kind, host, at, Draws.logarithmic(random, MS, 60_000 * MS), 0);
      case CLOSE_CLIENT, CLOSE_SERVER, UNLISTEN -> new Fault(kind, host, at, 0, 0);
      default -> new Fault(kind, host, at, 0, duration);
    };
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (Kind kind : Kind.values()) {
      if (!kind.ofFrame()) {
        break;
      }
      for (int link = 0; link < 2 * hosts; link++) {
        if (levels[kind.ordinal()][link] > 0) {
          text.append(' ').append(kind).append(' ').append(link);
          if (kind == Kind.RULE) {
            text.append(' ').append(rules[link]).append(' ').append(ruleNumbers[link]);
          } else {
            text.append(' ').append(levels[kind.ordinal()][link]);
          }
        }
      }
    }
    return text + "; burst " + burstFrames + " jitter " + jitterNs + " reorder " + reorderNs
        + " fragments " + fragmentBytes + " late " + lateFragmentNs;
  }
}
