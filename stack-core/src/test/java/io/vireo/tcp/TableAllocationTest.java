// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static io.vireo.tcp.Tuples.addressKey;
import static io.vireo.tcp.Tuples.portKey;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import io.vireo.api.Counters;
import java.lang.management.ManagementFactory;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;

/** Once a table has grown, nothing that a peer sends allocates. */
class TableAllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int CAPACITY = 1_000;
  private static final int ROUNDS = 100_000;

  private final Secrets secrets = new Secrets(1);

  @Test // SYN-03
  void synsAllocateNothing() {
    HalfOpenTable table = new HalfOpenTable(secrets, CAPACITY, 0);
    assertAllocatesNothing(i -> {
      int entry = table.add(addressKey(i), portKey(80, 1), i & 7);
      if (entry == HalfOpenTable.NONE) {
        table.removeAll(i & 7, 100);
      } else {
        table.setPeer(entry, i, 1_460, 7, i);
        table.setOwn(entry, i, 7);
        table.arm(entry, i);
      }
      table.pollExpired(i - 900);
    });
  }

  @Test
  void closingConnectionsAllocateNothing() {
    TimeWaitTable table = new TimeWaitTable(secrets, CAPACITY, 1_000_000, null, new Counters());
    assertAllocatesNothing(i -> {
      table.add(addressKey(i), portKey(80, 1), i, i, i);
      table.restart(table.find(addressKey(i), portKey(80, 1)), i);
      table.expire(i, 10);
    });
  }

  @Test
  void openingConnectionsAllocatesNothing() {
    ConnectionTable table = new ConnectionTable(secrets, CAPACITY);
    LocalPorts ports = new LocalPorts(secrets, 32_768, 60_999);
    InitialSequence initialSequence = new InitialSequence(secrets);
    assertAllocatesNothing(i -> {
      int port = ports.candidate(addressKey(i), 80, 0);
      ports.taken(addressKey(i), 80, 0);
      table.put(addressKey(i), initialSequence.next(i, port, i), i % CAPACITY);
      table.remove(addressKey(i), initialSequence.next(i, port, i));
    });
  }

  private static void assertAllocatesNothing(IntConsumer round) {
    for (int i = 0; i < ROUNDS; i++) {
      round.accept(i);
    }
    long before = THREADS.getCurrentThreadAllocatedBytes();
    for (int i = ROUNDS; i < 2 * ROUNDS; i++) {
      round.accept(i);
    }
    assertEquals(0, THREADS.getCurrentThreadAllocatedBytes() - before);
  }
}
