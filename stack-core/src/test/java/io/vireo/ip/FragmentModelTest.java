// SPDX-License-Identifier: Apache-2.0
package io.vireo.ip;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counters;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** FRG-01 to FRG-09, FRG-11, FRG-13 to FRG-15: reassembly against a naive model that marks every byte of every datagram. */
final class FragmentModelTest {
  private static final long TIMEOUT_NS = 1_000;

  private final Counters counters = new Counters();
  private final Reassembly reassembly = new Reassembly(16 << 20, TIMEOUT_NS, 0x5eed, counters);
  private final ByteBuffer memory = ByteBuffer.allocateDirect(4_096);
  private final Map<Integer, Model> models = new LinkedHashMap<>();

  private static final class Model {
    final long sinceNs;
    final byte[] bytes = new byte[70_000];
    final BitSet there = new BitSet();
    final List<Fragment> fragments = new ArrayList<>();
    int ecn;
    int end = -1;
    boolean spoilt;

    Model(long sinceNs) {
      this.sinceNs = sinceNs;
    }

    /** The datagram, or null. */
    byte[] accept(Fragment f) {
      if (spoilt || fragments.stream().anyMatch(other -> same(f, other))) {
        return null;
      }
      ecn |= 1 << (f.trafficClass() & 3);
      boolean overlaps = there.get(f.offset(), f.end()).cardinality() > 0;
      boolean beyond = end >= 0 && f.end() > end;
      boolean secondEnd = f.last() && (end >= 0 || there.length() > f.end());
      if (overlaps || beyond || secondEnd || fragments.size() == 16 || (ecn & 9) == 9) {
        spoilt = true;
        return null;
      }
      fragments.add(f);
      there.set(f.offset(), f.end());
      System.arraycopy(f.payload(), 0, bytes, f.offset(), f.payload().length);
      end = f.last() ? f.end() : end;
      return there.cardinality() == end ? Arrays.copyOf(bytes, end) : null;
    }

    private static boolean same(Fragment f, Fragment other) {
      return f.offset() == other.offset()
          && f.last() == other.last()
          && Arrays.equals(f.payload(), other.payload());
    }
  }

  private byte[] expected(Fragment f, long nowNs) {
    boolean tiny =
        f.protocol() == 6 && f.offset() < 20 && (f.offset() > 0 || f.payload().length < 20);
    boolean badLength = f.payload().length == 0 || (!f.last() && f.payload().length % 8 != 0);
    if (tiny || badLength || f.end() > 65_515) {
      return null;
    }
    int key = f.protocol() << 16 | f.id();
    Model model = models.get(key);
    if (model == null || nowNs - model.sinceNs >= TIMEOUT_NS) {
      models.remove(key);
      if (models.size() == Reassembly.DATAGRAMS) {
        models.remove(models.keySet().iterator().next());
      }
      model = new Model(nowNs);
      models.put(key, model);
    }
    byte[] whole = model.accept(f);
    if (whole != null) {
      models.remove(key);
    }
    return whole;
  }

  private byte[] actual(Fragment f, long nowNs) {
    byte[] datagram = f.datagram();
    int at = memory.capacity() - datagram.length;
    memory.put(at, datagram);
    long accepted = reassembly.accept(memory, at, at + 20, datagram.length - 20, nowNs);
    if (IpDatagram.kind(accepted) == IpDatagram.DROPPED) {
      return null;
    }
    int kind = f.protocol() == 6 ? IpDatagram.TCP : IpDatagram.ICMP;
    assertEquals(kind, IpDatagram.kind(accepted));
    byte[] payload = new byte[IpDatagram.length(accepted)];
    reassembly.memory().get(IpDatagram.offset(accepted), payload);
    return payload;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void agreesWithTheModel(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long nowNs = Long.MAX_VALUE - 100_000;
    int completed = 0;
    List<Fragment> underWay = new ArrayList<>();
    int ids = seed == 4 ? 200 : 12;
    for (int round = 0; round < 100_000; round++) {
      if (underWay.size() < 30) {
        underWay.addAll(fragments(random, random.nextInt(ids)));
      }
      Fragment fragment = underWay.remove(random.nextInt(underWay.size()));
      if (random.nextInt(40) == 0) {
        fragment = spoilt(random, fragment);
      }
      if (random.nextInt(20) == 0) {
        underWay.add(fragment);
      }
      nowNs += random.nextInt(3);
      byte[] expected = expected(fragment, nowNs);
      byte[] actual = actual(fragment, nowNs);
      assertArrayEquals(expected, actual, "seed " + seed + " round " + round);
      completed += actual == null ? 0 : 1;
      if (random.nextInt(50) == 0) {
        reassembly.onTimer(nowNs, random.nextInt(5));
      }
    }
    assertTrue(completed > 1_000, "seed " + seed + " completed " + completed);
    reassembly.onTimer(nowNs + TIMEOUT_NS, 100);
    assertEquals(0, reassembly.usedBytes());
  }

  /** A datagram of up to 700 bytes, or now and then the end of a long one, cut at random. */
  private static List<Fragment> fragments(SplittableRandom random, int id) {
    byte[] whole = new byte[random.nextInt(48, 700)];
    random.nextBytes(whole);
    int protocol = random.nextBoolean() ? 6 : 1;
    List<Fragment> fragments = new ArrayList<>();
    int from = 0;
    int most = random.nextInt(16, 160);
    while (from < whole.length) {
      int to = from + 8 * random.nextInt(from == 0 ? 3 : 1, 3 + most / 8);
      to = Math.min(to, whole.length);
      fragments.add(Fragment.of(id, whole, from, to).withProtocol(protocol));
      from = to;
    }
    if (random.nextInt(100) == 0) {
      fragments.add(new Fragment(id, protocol, 0, 8 * random.nextInt(8_192), true, whole));
    }
    return fragments;
  }

  private static Fragment spoilt(SplittableRandom random, Fragment fragment) {
    return switch (random.nextInt(7)) {
      case 0 -> fragment.inverted();
      case 1 -> fragment.movedTo(8 * random.nextInt(100));
      case 2 -> fragment.withLast(!fragment.last());
      case 3 -> fragment.withTrafficClass(random.nextInt(4));
      case 4 -> fragment.movedTo(fragment.offset() + 8);
      case 5 ->
        new Fragment(
            fragment.id(),
            fragment.protocol(),
            0,
            fragment.offset(),
            fragment.last(),
            Arrays.copyOf(fragment.payload(), random.nextInt(fragment.payload().length + 20)));
      default -> fragment.withProtocol(7 - fragment.protocol());
    };
  }
}
