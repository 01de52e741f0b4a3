// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.ValueDescriptor;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a recording of the Flight Recorder says of a scripted conversation. */
class FlightRecordingTest extends TcpScript {
  private static final int MSS = 1460;

  @TempDir
  Path directory;

  private Recording recording;
  private Instant start;
  private List<RecordedEvent> events = new ArrayList<>();

  @BeforeEach
  void record() {
    recording = new Recording();
    recording.start();
    start = Instant.now();
  }

  @AfterEach
  void forget() {
    recording.close();
  }

  /** Ends the recording; what it tells of connections, by names and in the order of their coming. */
  private List<String> recorded() throws IOException {
    Path file = directory.resolve("recording.jfr");
    recording.stop();
    recording.dump(file);
    events = RecordingFile.readAllEvents(file).stream()
        .filter(event -> event.getEventType().getName().startsWith("vireo."))
        .sorted(Comparator.comparing(RecordedEvent::getStartTime))
        .toList();
    return events.stream().map(FlightRecordingTest::name).toList();
  }

  private static String name(RecordedEvent event) {
    String name = event.getEventType().getName().substring("vireo.".length());
    return event.hasField("outcome") ? name + " " + event.getString("outcome") : name;
  }

  private void says(int event, String field, Object value) {
    assertEquals(value, events.get(event).getValue(field), field);
  }

  private void tenInFlight() {
    established();
    user.sends(10 * MSS);
    stack.sent();
  }

  private void thirdDuplicate() {
    peer.sends("ACK seq 1 ack 1", "ACK seq 1 ack 1", "ACK seq 1 ack 1");
    stack.answers("ACK seq 1 ack 1 len 1460");
  }

  @Test
  void lifeOfAnAcceptedConnection() throws IOException {
    established("mss 1000,wscale 2", "win 500");
    long id = user.connection().id();
    user.sends(100);
    stack.answers("ACK PSH seq 1 ack 1 len 100");
    time.passes("80 ms");
    peer.sends("FIN ACK seq 1 ack 101 len 30");
    stack.answers("ACK seq 101 ack 32");
    user.hears("data 30", "fin");
    time.passes("20 ms");
    user.finishes();
    stack.answers("FIN ACK seq 101 ack 32");
    time.passes("80 ms");
    peer.sends("ACK seq 32 ack 102");
    user.hears("closed CLOSED");
    assertEquals(List.of("ConnectionEstablished", "ConnectionClosed"), recorded());
    for (int i = 0; i < 2; i++) {
      says(i, "connectionId", id);
      says(i, "localAddress", "10.0.0.1");
      says(i, "localPort", World.STACK_PORT);
      says(i, "remoteAddress", "10.0.0.2");
      says(i, "remotePort", World.PEER_PORT);
    }
    says(0, "passive", true);
    says(0, "segmentSize", 1_000);
    says(0, "windowScale", true);
    says(0, "timestamps", false);
    says(0, "selectiveAcks", false);
    says(1, "reason", "CLOSED");
    says(1, "lifetime", 180_000_000L);
    says(1, "bytesSent", 100L);
    says(1, "bytesReceived", 30L);
    says(1, "bytesUnacknowledged", 0L);
    says(1, "retransmittedSegments", 0);
    says(1, "smoothedRoundTripTime", 80_000_000L);
    says(1, "shortestRoundTripTime", 80_000_000L);
  }

  @Test
  void connectionThatNobodyAccepts() throws IOException {
    user.connects();
    stack.answers("SYN seq 0");
    time.passes("30 ms");
    peer.sends("RST ACK seq 0 ack 1");
    user.hears("closed REFUSED");
    assertEquals(List.of("ConnectionClosed"), recorded());
    says(0, "reason", "REFUSED");
    says(0, "lifetime", 30_000_000L);
    says(0, "bytesSent", 0L);
  }

  @Test
  void connectionThatWeOpen() throws IOException {
    user.connects();
    stack.answers("SYN seq 0");
    time.passes("30 ms");
    peer.sends("SYN ACK seq 0 ack 1 win 65535 <mss 1460>");
    stack.answers("ACK seq 1 ack 1");
    user.hears("established");
    assertEquals(List.of("ConnectionEstablished"), recorded());
    says(0, "passive", false);
    says(0, "roundTripTime", 30_000_000L);
  }

  // RFC 6582
  @Test
  void lossThatIsRepaired() throws IOException {
    tenInFlight();
    thirdDuplicate();
    peer.sends("ACK seq 1 ack " + (1 + 10 * MSS));
    assertEquals(
        List.of("ConnectionEstablished", "LossRecoveryBegin", "LossRecoveryEnd repaired"),
        recorded());
    says(1, "connectionId", user.connection().id());
    says(1, "bytesUnacknowledged", 10L * MSS);
    says(1, "bytesLost", (long) MSS);
    says(1, "slowStartThreshold", 5L * MSS);
    says(2, "connectionId", user.connection().id());
    says(2, "congestionWindow", 5L * MSS);
  }

  @Test
  void timeoutsOneWithinARecovery() throws IOException {
    tenInFlight();
    thirdDuplicate();
    stack.answersAfter("1 s", "ACK seq 1 ack 1 len 1460");
    stack.answersAfter("2 s", "ACK seq 1 ack 1 len 1460");
    peer.sends("ACK seq 1 ack " + (1 + 10 * MSS));
    user.sends(MSS);
    stack.sent();
    peer.sends("RST seq 1");
    user.hears("closed RESET");
    assertEquals(
        List.of(
            "ConnectionEstablished",
            "LossRecoveryBegin",
            "LossRecoveryEnd timeout",
            "RetransmissionTimeout",
            "RetransmissionTimeout",
            "LossRecoveryEnd repaired",
            "ConnectionClosed"),
        recorded());
    says(3, "timeoutsInARow", 1);
    says(3, "nextTimeout", 2_000_000_000L);
    says(3, "bytesUnacknowledged", 10L * MSS);
    says(3, "congestionWindow", (long) MSS);
    says(4, "timeoutsInARow", 2);
    says(4, "nextTimeout", 4_000_000_000L);
    says(6, "reason", "RESET");
    says(6, "retransmittedSegments", 3);
    says(6, "retransmissionTimeouts", 2);
    says(6, "recoveries", 1);
    says(6, "bytesUnacknowledged", (long) MSS);
  }

  // RFC 1191: what is cut anew is no loss
  @Test
  void repairThatBecomesNeedless() throws IOException {
    established();
    user.sends(10 * MSS);
    SeenSegment first = stack.sent().get(0);
    thirdDuplicate();
    peer.findsTooBig(first, 1_000);
    stack.sent();
    assertEquals(
        List.of("ConnectionEstablished", "LossRecoveryBegin", "LossRecoveryEnd resegmented"),
        recorded());
  }

  /** The objects are used again: each event has its own time, and takes none. */
  @Test
  void everyEventHasItsOwnTime() throws IOException {
    established();
    for (int i = 0; i < 3; i++) {
      user.sends(MSS);
      stack.sent();
      stack.isSilentFor("10 ms");
      time.passes("4 s");
      stack.sent();
      peer.sends("ACK seq 1 ack " + (1 + (i + 1) * MSS));
    }
    recorded();
    Instant end = Instant.now();
    assertEquals(6, events.size());
    Instant before = start.minusMillis(1);
    for (RecordedEvent event : events) {
      assertFalse(event.getStartTime().isBefore(before), "began before the last one ended");
      assertTrue(event.getEndTime().isBefore(end.plusMillis(1)), "ended later than now");
      // Ticks are rounded.
      before = event.getEndTime().minusNanos(1_000);
      assertEquals(Thread.currentThread().getName(), event.getThread().getJavaName());
      assertEquals(null, event.getStackTrace());
    }
  }

  /** People read them in a tool: each has a place there, and each field says what it is. */
  @Test
  void allIsLabelled() {
    established();
    List<EventType> types = FlightRecorder.getFlightRecorder().getEventTypes().stream()
        .filter(type -> type.getName().startsWith("vireo."))
        .toList();
    assertEquals(5, types.size());
    for (EventType type : types) {
      assertEquals(List.of("Vireo"), type.getCategoryNames());
      assertTrue(type.getLabel() != null && type.getDescription() != null, type.getName());
      for (ValueDescriptor field : type.getFields()) {
        assertTrue(field.getLabel() != null, () -> type.getName() + " " + field.getName());
        if (field.getTypeName().equals("long") && !field.getName().equals("connectionId")) {
          assertTrue(field.getContentType() != null, () -> type.getName() + " " + field.getName());
        }
      }
    }
  }
}
