// SPDX-License-Identifier: Apache-2.0
package io.vireo.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.time.ManualClock;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every setting: its range, its default, and that with…() changes it and nothing else. */
class SettingsTest {
  private static final long LONGEST = Long.MAX_VALUE / 2;

  /** APP-19: name, lowest, highest; then whether 0 is allowed although it lies outside. */
  @ParameterizedTest
  @CsvSource({
    "connections, 1, 1048576, false",
    "backlog, 1, 65536, false",
    "sendBufferBytes, 4096, 1073741824, false",
    "receiveBufferBytes, 4096, 1073741824, false",
    "userTimers, 0, 16, true",
    "delayedAckNs, 0, 499000000, true",
    "minRtoNs, 1000000, 1000000000, false",
    "connectTimeoutNs, 1000000, 4611686018427387903, false",
    "userTimeoutNs, 1000000, 4611686018427387903, true",
    "finWaitNs, 1000000, 4611686018427387903, true",
    "corkNs, 0, 1000000000, true",
    "zeroWindowTimeoutNs, 1000000, 4611686018427387903, true",
    "keepAliveIdleNs, 1000000000, 4611686018427387903, true",
    "keepAliveIntervalNs, 1000000000, 4611686018427387903, false",
    "keepAliveProbes, 1, 100, false",
    "trafficClass, 0, 255, true",
    "timeToLive, 1, 255, false",
    "initialWindowSegments, 1, 64, false",
    "awakeConnections, 1, 1048576, false"
  })
  void rangesOfTcpSettings(String name, long lowest, long highest, boolean zero) {
    checkRange(TcpSettings.defaults(), name, lowest, highest, zero);
  }

  // APP-19
  @ParameterizedTest
  @CsvSource({
    "framesPerPoll, 1, 4096, false",
    "lastLocalPort, 32768, 65535, false",
    "timeWaitConnections, 0, 16777216, true",
    "timeWaitNs, 1000000, 3600000000000, false",
    "bufferMemoryBytes, 65536, 1099511627776, false"
  })
  void rangesOfStackSettings(String name, long lowest, long highest, boolean zero) {
    checkRange(StackSettings.of("10.0.0.1/24"), name, lowest, highest, zero);
  }

  // APP-19
  @ParameterizedTest
  @CsvSource({
    "halfOpenConnections, 1, 1048576, false",
    "synAckRetries, 0, 6, true",
    "challengeAckNs, 0, 10000000000, true",
    "repliesPerSecond, 1, 1000000, false",
    "icmpPerSecond, 1, 1000000, false",
    "neighbours, 16, 65536, false",
    "reassemblyBytes, 65536, 16777216, true",
    "reassemblyNs, 1000000, 120000000000, false",
    "outOfOrderRanges, 4, 65536, false",
    "leastMss, 48, 536, false",
    "leastPathMtu, 68, 1280, false",
    "pathMtuNs, 1000000000, 86400000000000, false"
  })
  void rangesOfLimits(String name, long lowest, long highest, boolean zero) {
    checkRange(Limits.defaults(), name, lowest, highest, zero);
  }

  private static void checkRange(
      Record settings, String name, long lowest, long highest, boolean zero) {
    List<Long> good = new ArrayList<>(List.of(lowest, lowest + 1, highest - 1, highest));
    List<Long> bad = new ArrayList<>(List.of(lowest - 1, highest + 1, -1L));
    (zero ? good : bad).add(0L);
    bad.removeIf(value -> zero && value == 0);
    for (long value : good) {
      assertEquals(value, ((Number) get(with(settings, name, value), name)).longValue());
    }
    for (long value : bad) {
      var e = assertThrows(
          IllegalArgumentException.class, () -> with(settings, name, value), () -> "" + value);
      for (Object part : List.of(name, value, lowest, highest)) {
        assertTrue(e.getMessage().contains("" + part), e.getMessage());
      }
    }
  }

  private static Record with(Record settings, String name, Object value) {
    String method = "with" + Character.toUpperCase(name.charAt(0)) + name.substring(1);
    for (Method candidate : settings.getClass().getMethods()) {
      if (candidate.getName().equals(method)) {
        Object argument = candidate.getParameterTypes()[0] == int.class
            ? (Object) ((Number) value).intValue()
            : value;
        return (Record) call(candidate, settings, argument);
      }
    }
    throw new AssertionError("no " + method);
  }

  private static Object get(Record settings, String name) {
    for (RecordComponent component : settings.getClass().getRecordComponents()) {
      if (component.getName().equals(name)) {
        return call(component.getAccessor(), settings);
      }
    }
    throw new AssertionError("no " + name);
  }

  private static Object call(Method method, Object target, Object... arguments) {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw assertInstanceOf(RuntimeException.class, e.getCause());
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void withChangesOneSettingAndNothingElse() {
    Map<String, Object> other = Map.ofEntries(
        Map.entry("connections", 3),
        Map.entry("backlog", 5),
        Map.entry("sendBufferBytes", 8_000),
        Map.entry("receiveBufferBytes", 9_000),
        Map.entry("byteOrder", ByteOrder.LITTLE_ENDIAN),
        Map.entry("userTimers", 7),
        Map.entry("delayedAckNs", 1L),
        Map.entry("minRtoNs", 2_000_000L),
        Map.entry("connectTimeoutNs", 3_000_000L),
        Map.entry("userTimeoutNs", 4_000_000L),
        Map.entry("finWaitNs", 5_000_000L),
        Map.entry("gateway", "10.0.0.9"),
        Map.entry("framesPerPoll", 11),
        Map.entry("timeWaitConnections", 12),
        Map.entry("timeWaitNs", 13_000_000L),
        Map.entry("bufferMemoryBytes", 140_000L),
        Map.entry("clock", new ManualClock()),
        Map.entry("seed", 15L),
        Map.entry("nagle", true),
        Map.entry("corkNs", 16L),
        Map.entry("zeroWindowTimeoutNs", 17_000_000L),
        Map.entry("keepAliveIdleNs", 18_000_000_000L),
        Map.entry("keepAliveIntervalNs", 19_000_000_000L),
        Map.entry("keepAliveProbes", 20),
        Map.entry("trafficClass", 21),
        Map.entry("timeToLive", 22),
        Map.entry("timestamps", false),
        Map.entry("selectiveAcks", false),
        Map.entry("headerPrediction", false),
        Map.entry("congestionAlgorithm", CongestionAlgorithm.NEWRENO),
        Map.entry("initialWindowSegments", 34),
        Map.entry("awakeConnections", 35),
        Map.entry("idleRestart", false),
        Map.entry("firstLocalPort", 23),
        Map.entry("lastLocalPort", 61_024),
        Map.entry("limits", Limits.defaults().withNeighbours(25)),
        Map.entry("halfOpenConnections", 26),
        Map.entry("synCookies", false),
        Map.entry("synAckRetries", 1),
        Map.entry("challengeAckNs", 27L),
        Map.entry("repliesPerSecond", 28),
        Map.entry("icmpPerSecond", 29),
        Map.entry("neighbours", 30),
        Map.entry("reassemblyBytes", 70_000),
        Map.entry("reassemblyNs", 31_000_000L),
        Map.entry("outOfOrderRanges", 32),
        Map.entry("leastMss", 100),
        Map.entry("leastPathMtu", 300),
        Map.entry("pathMtuNs", 33_000_000_000L));
    for (Record settings :
        List.of(TcpSettings.defaults(), StackSettings.of("10.0.0.1/24"), Limits.defaults())) {
      for (RecordComponent changed : settings.getClass().getRecordComponents()) {
        if (changed.getName().equals("addresses")) {
          continue;
        }
        Object value = other.get(changed.getName());
        assertNotNull(value, changed.getName());
        Record after = with(settings, changed.getName(), value);
        for (RecordComponent any : settings.getClass().getRecordComponents()) {
          Object expected =
              any.getName().equals(changed.getName()) ? value : get(settings, any.getName());
          assertTrue(
              Objects.equals(expected, get(after, any.getName())),
              () -> any.getName() + " after with " + changed.getName());
        }
      }
    }
  }

  @Test
  void addressesAreCopiedAndThereIsAtLeastOne() {
    List<String> many = new ArrayList<>();
    for (int i = 0; i < 1_024; i++) {
      many.add("10.0." + (i >> 8) + "." + (i & 255) + "/8");
    }
    StackSettings.of(many.toArray(new String[0]));
    many.add("10.9.9.9/8");
    assertThrows(
        IllegalArgumentException.class, () -> StackSettings.of(many.toArray(new String[0])));
    assertThrows(IllegalArgumentException.class, StackSettings::of);
    assertThrows(NullPointerException.class, () -> StackSettings.of((String) null));
    assertThrows(
        UnsupportedOperationException.class,
        () -> StackSettings.of("10.0.0.1/24").addresses().add("x"));
  }

  // APP-19
  @Test
  void localPortsAreARangeThatHoldsSome() {
    StackSettings settings = StackSettings.of("10.0.0.1/24").withLastLocalPort(40_000);
    assertEquals(40_000, settings.withFirstLocalPort(40_000).firstLocalPort());
    assertEquals(1, settings.withFirstLocalPort(1).firstLocalPort());
    assertThrows(IllegalArgumentException.class, () -> settings.withFirstLocalPort(40_001));
    assertThrows(IllegalArgumentException.class, () -> settings.withFirstLocalPort(0));
  }

  // APP-19
  @Test
  void nothingMayBeNull() {
    assertThrows(NullPointerException.class, () -> TcpSettings.defaults().withByteOrder(null));
    assertThrows(
        NullPointerException.class, () -> TcpSettings.defaults().withCongestionAlgorithm(null));
    assertThrows(
        NullPointerException.class, () -> StackSettings.of("10.0.0.1/24").withClock(null));
    assertEquals(null, StackSettings.of("10.0.0.1/24").withGateway(null).gateway());
    assertEquals(LONGEST, TcpSettings.defaults().withFinWaitNs(LONGEST).finWaitNs());
  }
}
