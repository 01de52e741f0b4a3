// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.MS;
import static io.vireo.TwoStacks.SECOND;
import static io.vireo.TwoStacks.SERVER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.time.ManualClock;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How Simulation moves the clock. */
class SimulatedTimeTest {
  private final TwoStacks net = new TwoStacks();

  @Test
  void whatIsDoneAlreadyTakesNoTime() {
    assertTrue(net.simulation.run(() -> true, SECOND));
    assertEquals(0, net.clock.nanoTime());
    assertFalse(net.simulation.run(() -> false, 0));
    assertEquals(0, net.clock.nanoTime());
  }

  @Test
  void theClockStandsAtTheLimitWhenNothingHappens() {
    assertFalse(net.simulation.run(() -> false, 7 * SECOND));
    assertEquals(7 * SECOND, net.clock.nanoTime());
  }

  @Test
  void whatFallsDueExactlyAtTheLimitStillHappens() {
    Watched<Void> watched = new Watched<>();
    TcpClient<Void> client = net.client(watched);
    net.runFor(MS);
    client.setTimer(0, 5 * MS);
    net.runFor(5 * MS - 1);
    assertEquals(List.of(), watched.events);
    net.runFor(1);
    assertEquals(List.of("endpoint timer 0"), watched.events);
  }

  @Test
  void timeStopsWhenItIsDone() {
    Watched<Void> watched = new Watched<>();
    net.server(new Watched<>());
    net.client(watched).connect(SERVER, null);
    net.runUntil(() -> watched.events.contains("established"));
    assertTrue(net.clock.nanoTime() <= MS, "four times across the wire");
  }

  @Test
  void aStackWithAnotherClockIsRefused() {
    ManualClock other = new ManualClock();
    assertThrows(IllegalArgumentException.class, () -> new Simulation(other, net.left));
  }

  @Test
  void aNegativeLimitIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> net.simulation.run(() -> false, -1));
  }
}
