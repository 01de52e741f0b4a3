// SPDX-License-Identifier: Apache-2.0
package io.vireo.goodput;

import io.vireo.nic.lab.FaultyNic;

/** What befalls the data on its way, besides a queue that is full. Nothing befalls the ACKs. */
enum Trouble {
  NONE("none", 0),
  LOSS_01("loss 0.1%", 0.001),
  LOSS_1("loss 1%", 0.01),
  LOSS_5("loss 5%", 0.05),
  /** In one percent of the frames; eight in the mean of those that are lost, follow each other. */
  BURSTS("bursts", 0),
  REORDERING("reordering", 0);

  private static final long REORDERING_NS = 2_000_000;

  final String title;

  /** Of each frame by itself. */
  final double lossProbability;

  Trouble(String title, double lossProbability) {
    this.title = title;
    this.lossProbability = lossProbability;
  }

  void befall(FaultyNic nic) {
    nic.loss(lossProbability);
    switch (this) {
      case BURSTS -> nic.bursts(0.01 / 8, 8);
      case REORDERING -> nic.reordering(0.05, REORDERING_NS);
      default -> {}
    }
  }
}
