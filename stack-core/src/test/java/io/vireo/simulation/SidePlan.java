// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import java.util.SplittableRandom;

/** How one end of one connection behaves. */
final class SidePlan {
  enum Reading {
    ALL,
    PART,
    BLOCKS,
    ECHO,
    PAUSING,
    LATE,
    NEVER
  }

  enum Writing {
    GREEDY,
    TRICKLE
  }

  enum Closing {
    AFTER_SENDING,
    AFTER_FIN,
    LATE
  }

  enum Accident {
    NONE,
    ABORT,
    THROW,
    THROW_ERROR,
    FINISH,
    PAUSE
  }

  private static final long MS = 1_000_000L;

  final Reading reading;
  final Writing writing;
  final Closing closing;
  final Accident accident;

  /** The accident happens in this callback, counted from 1. */
  final int accidentAt;

  final long bytes;
  final int chunk;
  final int block;
  final long pauseNs;
  final long trickleNs;
  final double chaos;
  final double reconnects;

  /** How often a callback takes its time, and how long. */
  final double blocks;

  final long blockNs;

  /** Sets all its timers that nothing else needs to the same moment, so many times; 0: does not. */
  final int alarms;

  /** How often what is claimed is written and committed later, and how much later at the most. */
  final double opens;

  final long openNs;

  SidePlan(WorldPlan world, SplittableRandom random) {
    Script script = world.script;
    Reading[] readings = Reading.values();
    Reading drawn =
        random.nextInt(2) == 0 ? Reading.ALL : readings[random.nextInt(readings.length)];
    boolean sleeps = world.waits && random.nextInt(3) == 0;
    Reading own = sleeps ? Reading.NEVER : drawn;
    reading = script.allows(Script.Habit.PICKY_READING) ? own : Reading.ALL;
    boolean trickles = random.nextInt(3) == 0 && script.allows(Script.Habit.TRICKLING);
    writing = trickles ? Writing.TRICKLE : Writing.GREEDY;
    closing = Closing.values()[random.nextInt(3)];
    Accident unlucky = Accident.values()[1 + random.nextInt(Accident.values().length - 1)];
    boolean meets = random.nextInt(8) == 0 && script.allows(Script.Habit.ACCIDENTS);
    accident = meets ? unlucky : Accident.NONE;
    accidentAt = 1 + (int) Draws.logarithmic(random, 1, 60);
    long drawnBytes = bytes(random);
    boolean much = world.wide || (world.waits && random.nextInt(3) == 0);
    bytes = Math.min(much ? drawnBytes + 100_000 : drawnBytes, script.mostBytes());
    int piece = (int) Draws.logarithmic(random, 1, 60_000);
    block = 1 + random.nextInt(3_000);
    pauseNs = Draws.logarithmic(random, MS / 10, 8_000 * MS);
    trickleNs = Draws.logarithmic(random, MS / 10, 500 * MS);
    double acts = random.nextInt(4) == 0 ? 0.02 + 0.2 * random.nextDouble() : 0;
    chaos = script.allows(Script.Habit.CHAOS) ? acts : 0;
    boolean again = random.nextInt(8) == 0 && script.allows(Script.Habit.RECONNECTS);
    reconnects = again ? 0.7 : 0;
    chunk = random.nextInt(5) == 0 ? 60_000 : piece;
    boolean slow = random.nextInt(10) == 0 && script.allows(Script.Habit.BLOCKING);
    blocks = slow ? 0.02 + 0.1 * random.nextDouble() : 0;
    blockNs = Draws.logarithmic(random, MS / 10, 5_000 * MS);
    boolean alarmed = random.nextInt(8) == 0 && script.allows(Script.Habit.ALARMS);
    alarms = alarmed ? 1 + random.nextInt(3) : 0;
    boolean leavesOpen = random.nextInt(4) == 0 && script.allows(Script.Habit.OPEN_CLAIMS);
    // An echo leaves over what it cannot send, and would not be told when its own claim is done.
    opens = leavesOpen && reading != Reading.ECHO ? 0.1 + 0.5 * random.nextDouble() : 0;
    openNs = Draws.logarithmic(random, 1_000, 2_000 * MS);
  }

  private static long bytes(SplittableRandom random) {
    return switch (random.nextInt(10)) {
      case 0 -> 0;
      case 1 -> 1;
      case 2, 3 -> random.nextInt(2_000);
      case 4, 5, 6 -> random.nextInt(10_000);
      case 7, 8 -> random.nextInt(30_000);
      default -> random.nextInt(10) == 0 ? random.nextInt(400_000) : random.nextInt(100_000);
    };
  }

  @Override
  public String toString() {
    return bytes + " bytes by " + chunk + " " + writing
        + (writing == Writing.TRICKLE ? " " + trickleNs : "")
        + " reads " + reading + (reading == Reading.BLOCKS ? " " + block : "") + " pauses "
        + pauseNs
        + " closes " + closing
        + (accident == Accident.NONE ? "" : " " + accident + " at " + accidentAt)
        + (blocks > 0 ? " blocks " + blocks + " for " + blockNs : "")
        + (alarms > 0 ? " alarms " + alarms : "")
        + (opens > 0 ? " opens " + opens + " for " + openNs : "")
        + (chaos > 0 ? " chaos " + chaos : "") + (reconnects > 0 ? " reconnects" : "");
  }
}
