// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.lab;

import io.vireo.nic.Nic;
import io.vireo.nic.NicContract;
import io.vireo.nic.NicFarEnd;
import io.vireo.time.ManualClock;
import java.io.IOException;
import java.io.OutputStream;
import org.junit.jupiter.api.Nested;

/** The NICs of this package keep the contract, alone and around each other. */
class LabNicsContractTest {
  private static final long DELAY_NS = 50_000;

  private final ManualClock clock = new ManualClock(Long.MAX_VALUE - 10 * DELAY_NS);
  private final MemoryWire wire = new MemoryWire(clock, 0);

  @Nested
  class OfTheWire extends NicContract {
    @Override
    protected Ends open() {
      return ends(wire.left(), wire);
    }
  }

  @Nested
  class OfAWireWithADelayAndTheFewestSlots extends NicContract {
    @Override
    protected Ends open() {
      WireSettings settings = WireSettings.defaults().withDelayNs(DELAY_NS).withSlots(8);
      MemoryWire slow = new MemoryWire(clock, settings);
      return ends(slow.left(), slow);
    }
  }

  @Nested
  class OfAWireForJumboFramesWithChecksumOffload extends NicContract {
    @Override
    protected Ends open() {
      WireSettings settings = WireSettings.defaults().withMtu(9_000).withChecksumOffload(true);
      MemoryWire jumbo = new MemoryWire(clock, settings);
      return ends(jumbo.left(), jumbo);
    }
  }

  @Nested
  class OfAFaultyNicWithoutFaults extends NicContract {
    @Override
    protected Ends open() {
      return ends(new FaultyNic(wire.left(), clock, 1), wire);
    }
  }

  @Nested
  class OfAFaultyNicThatDelays extends NicContract {
    @Override
    protected Ends open() {
      FaultyNic faulty = new FaultyNic(wire.left(), clock, 1);
      return ends(faulty.delay(DELAY_NS).jitter(DELAY_NS), wire);
    }
  }

  @Nested
  class OfAFaultyNicWithALinkOfALowRate extends NicContract {
    @Override
    protected Ends open() {
      // A full frame takes 12 of the 50 microseconds that the far end waits for.
      return ends(new FaultyNic(wire.left(), clock, 1).rate(1_000_000_000, 1 << 20), wire);
    }
  }

  @Nested
  class OfARecordingNic extends NicContract {
    @Override
    protected Ends open() throws IOException {
      return ends(new RecordingNic(wire.left(), clock, OutputStream.nullOutputStream()), wire);
    }
  }

  private NicContract.Ends ends(Nic nic, MemoryWire line) {
    return new NicContract.Ends(nic, new NicFarEnd(line.right(), () -> clock.advance(DELAY_NS)));
  }
}
