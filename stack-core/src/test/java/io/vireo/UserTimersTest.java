// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.MS;
import static io.vireo.TwoStacks.SECOND;
import static io.vireo.TwoStacks.SERVER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.nic.lab.WireSettings;
import io.vireo.time.ManualClock;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Timers of connections and of endpoints, also where the clock wraps. */
class UserTimersTest {
  /** Writes down when which timer came. */
  private static final class Timers implements TcpHandler<Void> {
    private final ManualClock clock;
    final List<String> fired = new ArrayList<>();
    final List<Long> atNs = new ArrayList<>();

    Timers(ManualClock clock) {
      this.clock = clock;
    }

    @Override
    public void onTimer(int timerId) {
      fired.add("endpoint " + timerId);
      atNs.add(clock.nanoTime());
    }

    @Override
    public void onUserTimeout(TcpConnection<Void> c, int timerId) {
      fired.add("connection " + timerId);
      atNs.add(clock.nanoTime());
    }
  }

  private ManualClock clock;
  private TwoStacks net;
  private Timers timers;
  private TcpClient<Void> client;
  private TcpConnection<Void> c;

  @BeforeEach
  void begin() {
    beginAt(0);
  }

  private void beginAt(long startNs) {
    clock = new ManualClock(startNs);
    UnaryOperator<StackSettings> same = settings -> settings;
    net = new TwoStacks(clock, WireSettings.defaults().withDelayNs(50_000), same, same);
    timers = new Timers(clock);
  }

  private void connect(int userTimers) {
    net.server(new Watched<>());
    client = net.client(TcpSettings.defaults().withUserTimers(userTimers), timers);
    c = client.connect(SERVER, null);
    net.runFor(SECOND);
  }

  private static final long[] STARTS = {
    0, -1, Long.MAX_VALUE - SECOND / 2, Long.MAX_VALUE - 5 * SECOND, Long.MIN_VALUE, -3 * SECOND
  };

  @Test
  void comeNeverEarlyAndAtMostAMillisecondLate() {
    for (long start : STARTS) {
      SplittableRandom random = new SplittableRandom(start);
      beginAt(start);
      connect(2);
      for (int round = 0; round < 200; round++) {
        check(1 + random.nextLong(1L << (1 + random.nextInt(34))));
      }
      check(90L * 86_400 * SECOND);
    }
  }

  private void check(long delayNs) {
    timers.atNs.clear();
    long setNs = clock.nanoTime();
    c.setUserTimer(1, delayNs);
    client.setTimer(0, delayNs);
    net.runFor(delayNs + 2 * MS);
    assertEquals(2, timers.atNs.size(), () -> "after " + delayNs + " ns from " + setNs);
    for (long firedNs : timers.atNs) {
      long late = firedNs - setNs - delayNs;
      assertTrue(late >= 0 && late <= MS, () -> late + " ns late at " + delayNs);
    }
  }

  @Test
  void settingAgainReplaces() {
    connect(2);
    c.setUserTimer(0, 10 * MS);
    client.setTimer(0, 10 * MS);
    net.runFor(5 * MS);
    c.setUserTimer(0, 10 * MS);
    client.setTimer(0, 10 * MS);
    net.runFor(9 * MS);
    assertEquals(List.of(), timers.fired);
    c.setUserTimer(0, MS / 2);
    client.setTimer(0, MS / 2);
    net.runFor(100 * MS);
    assertEquals(2, timers.fired.size());
  }

  @Test
  void zeroCancels() {
    connect(2);
    c.setUserTimer(0, 10 * MS);
    c.setUserTimer(1, 10 * MS);
    client.setTimer(0, 10 * MS);
    client.setTimer(1, 10 * MS);
    c.setUserTimer(0, 0);
    client.setTimer(1, 0);
    c.setUserTimer(0, 0);
    net.runFor(SECOND);
    timers.fired.sort(null);
    assertEquals(List.of("connection 1", "endpoint 0"), timers.fired);
  }

  /** Due already, but not told yet. */
  @Test
  void zeroCancelsAlsoWhatIsDueInTheSameTurn() {
    List<Integer> fired = new ArrayList<>();
    net.server(new Watched<>());
    TcpClient<Void> canceller =
        net.client(TcpSettings.defaults().withUserTimers(3), new TcpHandler<>() {
          @Override
          public void onUserTimeout(TcpConnection<Void> c, int timerId) {
            fired.add(timerId);
            c.setUserTimer(1, 0);
          }
        });
    TcpConnection<Void> c = canceller.connect(SERVER, null);
    for (int timer = 0; timer < 3; timer++) {
      c.setUserTimer(timer, MS);
    }
    net.runFor(SECOND);
    assertEquals(List.of(0, 2), fired);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16})
  void everyIdIsATimerOfItsOwn(int count) {
    connect(count);
    for (int timer = 0; timer < count; timer++) {
      c.setUserTimer(timer, (count - timer) * MS);
      client.setTimer(timer, (count - timer) * MS);
    }
    net.runFor(SECOND);
    List<String> expected = new ArrayList<>();
    for (int timer = count - 1; timer >= 0; timer--) {
      expected.add("endpoint " + timer);
      expected.add("connection " + timer);
    }
    assertEquals(expected, timers.fired);
  }

  @Test
  void maySetThemselvesAgain() {
    long[] times = new long[1];
    net.server(new Watched<>());
    TcpClient<Void> periodic = net.client(new TcpHandler<>() {
      @Override
      public void onUserTimeout(TcpConnection<Void> c, int timerId) {
        times[0]++;
        c.setUserTimer(timerId, MS);
      }
    });
    periodic.connect(SERVER, null).setUserTimer(0, MS);
    net.runFor(SECOND);
    assertTrue(times[0] > 490 && times[0] <= 1_000, () -> times[0] + " times");
  }

  /** A timer of 1 ns that sets itself again does not hold a turn up for ever. */
  @Test
  void aTurnEndsWhateverTimersDo() {
    TcpClient<Void>[] busy = holder();
    busy[0] = net.client(new TcpHandler<>() {
      @Override
      public void onTimer(int timerId) {
        clock.advance(10);
        busy[0].setTimer(timerId, 1);
      }
    });
    busy[0].setTimer(0, 1);
    for (int turn = 0; turn < 100; turn++) {
      clock.advance(10);
      net.left.poll();
    }
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static TcpClient<Void>[] holder() {
    return new TcpClient[1];
  }

  @Test
  void endWithTheirConnection() {
    connect(2);
    c.setUserTimer(0, SECOND);
    c.setUserTimer(1, 2 * SECOND);
    client.setTimer(1, 3 * SECOND);
    c.abort();
    net.runFor(10 * SECOND);
    TcpConnection<Void> next = client.connect(SERVER, null);
    next.setUserTimer(1, SECOND);
    net.runFor(10 * SECOND);
    assertEquals(List.of("endpoint 1", "connection 1"), timers.fired);
  }

  @Test
  void runWhileConnectingToo() {
    net.rightNic.lose(FilterNic.TCP);
    connect(1);
    c.setUserTimer(0, SECOND);
    net.runFor(2 * SECOND);
    assertEquals(List.of("connection 0"), timers.fired);
  }

  @Test
  void manyFallDueInOneTurnWithinItsBudget() {
    int count = 500;
    TcpClient<Void> many =
        net.client(TcpSettings.defaults().withConnections(count).withUserTimers(1), timers);
    net.rightNic.lose(FilterNic.TCP);
    for (int i = 0; i < count; i++) {
      many.connect(SERVER, null).setUserTimer(0, 10 * MS);
    }
    clock.advance(11 * MS);
    int turns = 0;
    while (timers.fired.size() < count && turns++ < 50) {
      int before = timers.fired.size();
      net.left.poll();
      assertTrue(timers.fired.size() - before <= 2 * 64, "bounded");
    }
    assertEquals(count, timers.fired.size());
  }

  @Test
  void theLongestDelayDoesNotDisturbShortOnes() {
    connect(2);
    client.setTimer(0, Long.MAX_VALUE / 2);
    c.setUserTimer(0, Long.MAX_VALUE / 2);
    check(5 * MS);
    clock.advance(Long.MAX_VALUE / 4);
    check(5 * MS);
    clock.advance(Long.MAX_VALUE / 4 - 10 * SECOND);
    timers.fired.clear();
    check(5 * MS);
    net.runFor(11 * SECOND);
    assertTrue(
        timers.fired.containsAll(List.of("endpoint 0", "connection 0")),
        () -> timers.fired.toString());
  }
}
