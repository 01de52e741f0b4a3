// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.AllocationTest.assertComesToAllocateNothing;
import static io.vireo.TwoStacks.SECOND;
import static io.vireo.TwoStacks.SERVER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.CloseReason;
import io.vireo.api.Counter;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import jdk.jfr.Recording;
import org.junit.jupiter.api.Test;

/** To be looked at costs no garbage: neither figures nor the events of a recorder that is off, be it off for ever or off again. */
class ObservationAllocationTest {
  private final TwoStacks net = new TwoStacks(settings -> settings.withTimeWaitConnections(64));

  /** Connects, sends some segments, looks at both ends, and aborts; and again. */
  private static final class Looking implements TcpHandler<Void> {
    private final ByteBuffer bytes = ByteBuffer.allocateDirect(20_000);
    private final TcpInfo info = new TcpInfo();
    long sent;
    long received;
    int ends;

    @Override
    public void onConnectionEstablished(TcpConnection<Void> c) {
      c.info(info);
      if (c.remotePort() == TwoStacks.PORT) {
        c.send(bytes, 0, bytes.limit());
        c.sendFin();
      }
    }

    @Override
    public void onFin(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      c.info(info);
      c.sendFin();
    }

    @Override
    public void onConnectionClosed(TcpConnection<Void> c, CloseReason reason) {
      c.info(info);
      sent += info.bytesSent;
      received += info.bytesReceived;
      ends++;
    }
  }

  /** Every twentieth segment is lost, so that there are recoveries and timeouts. */
  private Runnable rounds(Looking looking) {
    TcpServer<Void> server = net.server(looking);
    TcpClient<Void> client = net.client(looking);
    net.rightNic.lose(new FilterNic.Loss() {
      private int seen;

      @Override
      public boolean loses(ByteBuffer memory, int offset, int length) {
        return FilterNic.isTcp(memory, offset, length)
            && FilterNic.payloadLength(memory, offset) > 0
            && ++seen % 20 == 0;
      }
    });
    BooleanSupplier over = () -> client.connectionCount() == 0 && server.connectionCount() == 0;
    return () -> {
      for (int i = 0; i < 100; i++) {
        client.connect(SERVER, null);
        net.simulation.run(over, 100 * SECOND);
      }
    };
  }

  private void check(Looking looking) {
    assertEquals(20_000L * looking.ends / 2, looking.sent);
    assertEquals(20_000L * looking.ends / 2, looking.received);
    assertTrue(looking.ends >= 800);
    assertTrue(net.left.counter(Counter.FAST_RETRANSMITS) > 50);
    assertTrue(net.left.counter(Counter.RETRANSMIT_TIMEOUTS) > 10);
  }

  @Test
  void figuresAndEventsThatNobodyRecords() {
    Looking looking = new Looking();
    assertComesToAllocateNothing(rounds(looking));
    check(looking);
  }

  @Test
  void eventsThatNobodyRecordsAnyMore() {
    Looking looking = new Looking();
    Runnable round = rounds(looking);
    try (Recording recording = new Recording()) {
      recording.start();
      round.run();
      recording.stop();
    }
    assertComesToAllocateNothing(round);
    check(looking);
  }

  /** The objects of events are used again. Of those about a connection's beginning and end there is the text of addresses besides. */
  @Test
  void eventsOfLossesWhileSomebodyRecords() {
    Looking looking = new Looking();
    Runnable round = rounds(looking);
    try (Recording recording = new Recording()) {
      recording.disable("vireo.ConnectionEstablished");
      recording.disable("vireo.ConnectionClosed");
      recording.start();
      assertComesToAllocateNothing(round);
      recording.stop();
    }
    check(looking);
  }
}
