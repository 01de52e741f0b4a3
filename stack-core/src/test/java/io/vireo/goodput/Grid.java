// SPDX-License-Identifier: Apache-2.0
package io.vireo.goodput;

import java.util.ArrayList;
import java.util.List;

/** All lines of the table, in their order. */
final class Grid {
  private static final int[] RTTS_MS = {1, 20, 100};
  private static final int[] MEGABITS = {10, 100};
  private static final int[] QUEUES = {1, 2, 8};
  private static final int[] ONE_QUEUE = {2};

  private static final Path SHARED = new Path(20, 100, 2, Trouble.NONE);

  private Grid() {}

  static List<Cell> cells() {
    List<Cell> cells = new ArrayList<>();
    for (Variant variant : Variant.values()) {
      for (Trouble trouble : Trouble.values()) {
        for (int rttMs : RTTS_MS) {
          for (int megabits : MEGABITS) {
            for (int queues : variant.options ? QUEUES : ONE_QUEUE) {
              cells.add(new Cell(variant, new Path(rttMs, megabits, queues, trouble)));
            }
          }
        }
      }
    }
    return cells;
  }

  /** Those that tell most in little time. */
  static List<Cell> fewCells() {
    return cells().stream()
        .filter(cell -> cell.path().rttMs() == 20)
        .filter(cell -> cell.path().megabits() == 10)
        .filter(cell -> cell.path().queues() == 2)
        .toList();
  }

  static List<Contest> contests() {
    return List.of(
        new Contest(Variant.CUBIC, Variant.CUBIC, SHARED),
        new Contest(Variant.NEWRENO, Variant.NEWRENO, SHARED),
        new Contest(Variant.CUBIC, Variant.NEWRENO, SHARED));
  }
}
