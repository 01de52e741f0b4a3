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
    THROW_ERROR
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

  SidePlan(Draws draws, int connection, boolean client) {
    SplittableRandom random = draws.stream("side", connection, client ? 1 : 0);
    Reading[] readings = Reading.values();
    reading = random.nextInt(2) == 0 ? Reading.ALL : readings[random.nextInt(readings.length)];
    writing = random.nextInt(3) == 0 ? Writing.TRICKLE : Writing.GREEDY;
    closing = Closing.values()[random.nextInt(3)];
    accident = random.nextInt(10) == 0
        ? Accident.values()[1 + random.nextInt(Accident.values().length - 1)]
        : Accident.NONE;
    accidentAt = 1 + (int) Draws.logarithmic(random, 1, 60);
    bytes = bytes(random);
    int piece = (int) Draws.logarithmic(random, 1, 60_000);
    block = 1 + random.nextInt(3_000);
    pauseNs = Draws.logarithmic(random, MS / 10, 8_000 * MS);
    trickleNs = Draws.logarithmic(random, MS / 10, 500 * MS);
    chaos = random.nextInt(4) == 0 ? 0.02 + 0.2 * random.nextDouble() : 0;
    reconnects = random.nextInt(8) == 0 ? 0.7 : 0;
    chunk = random.nextInt(5) == 0 ? 60_000 : piece;
  }

  private static long bytes(SplittableRandom random) {
    return switch (random.nextInt(10)) {
      case 0 -> 0;
      case 1 -> 1;
      case 2 -> random.nextInt(2_000);
      case 3, 4 -> random.nextInt(20_000);
      case 5, 6, 7 -> random.nextInt(80_000);
      default -> random.nextInt(20) == 0 ? random.nextInt(600_000) : random.nextInt(150_000);
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
        + (chaos > 0 ? " chaos " + chaos : "") + (reconnects > 0 ? " reconnects" : "");
  }
}
