// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static io.vireo.tcp.Tuples.addressKey;
import static io.vireo.tcp.Tuples.portKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SynCookiesTest {
  private static final long SLOT_NS = 1L << 36;
  private static final long PEER = addressKey(0x0a4d0001);
  private static final int IRS = 0x1234_5678;

  private final SynCookies cookies = new SynCookies(new Secrets(1), 216);

  private int issue(int mss, long nowNs) {
    return cookies.issue(PEER, portKey(80, 40_000), IRS, mss, SynCookies.PLAIN, nowNs);
  }

  private int check(int cookie, long nowNs) {
    return cookies.check(PEER, portKey(80, 40_000), IRS, cookie, SynCookies.PLAIN, nowNs);
  }

  @Test // SYN-06
  void remembersTheMssRoundedDown() {
    int[] offered = {216, 535, 536, 1199, 1300, 1399, 1439, 1440, 1459, 1460, 8959, 9000, 65_535};
    int[] kept = {216, 216, 536, 536, 1300, 1300, 1400, 1440, 1440, 1460, 1460, 8960, 8960};
    for (int i = 0; i < offered.length; i++) {
      assertEquals(kept[i], check(issue(offered[i], 5), 5));
    }
  }

  @ParameterizedTest // SYN-05; also where the clock passes from its highest value to its lowest,
  // and past 0
  @ValueSource(longs = {0, -SLOT_NS, Long.MAX_VALUE - SLOT_NS + 1, 77 * SLOT_NS})
  void isGoodInItsSlotAndTheNext(long slotStartNs) {
    for (long atNs :
        new long[] {slotStartNs, slotStartNs + SLOT_NS / 3, slotStartNs + SLOT_NS - 1}) {
      int cookie = issue(1460, atNs);
      assertEquals(1460, check(cookie, atNs));
      assertEquals(1460, check(cookie, slotStartNs + 2 * SLOT_NS - 1));
      assertEquals(SynCookies.NONE, check(cookie, slotStartNs + 2 * SLOT_NS));
      assertEquals(SynCookies.NONE, check(cookie, slotStartNs - 1));
      assertTrue(SynCookies.mayLive(atNs, slotStartNs + 2 * SLOT_NS - 1));
      assertFalse(SynCookies.mayLive(atNs, slotStartNs + 2 * SLOT_NS));
    }
  }

  @ParameterizedTest // PH-16
  @ValueSource(ints = {0, 1, 7, 14, Handshake.NO_SCALE})
  void optionsAreSaidByTheLastTimestampThatSaysThem(int scale) {
    for (int agreed = 0; agreed < 4; agreed++) {
      int options = SynCookies.options(agreed, scale);
      boolean stamped = (agreed & Handshake.TIMESTAMPS) != 0;
      assertEquals(stamped ? agreed : 0, SynCookies.agreed(options));
      assertEquals(stamped ? scale : Handshake.NO_SCALE, SynCookies.scale(options));
      for (int tsVal : new int[] {0, 1, 31, 32, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, 12_345}) {
        if (stamped) {
          int stamp = SynCookies.stamp(tsVal, options);
          assertTrue(tsVal - stamp >= 0 && tsVal - stamp < 32, "from " + tsVal + " to " + stamp);
          assertEquals(options, SynCookies.optionsOf(stamp));
        }
      }
    }
  }

  @Test // PH-16
  void optionsAreCoveredByTheCookie() {
    for (int options = 0; options <= SynCookies.PLAIN; options++) {
      int cookie = cookies.issue(PEER, portKey(80, 40_000), IRS, 1460, options, 0);
      for (int other = 0; other <= SynCookies.PLAIN; other++) {
        int mss = cookies.check(PEER, portKey(80, 40_000), IRS, cookie, other, 0);
        assertEquals(other == options ? 1460 : SynCookies.NONE, mss);
      }
    }
  }

  @Test // SYN-04
  void everythingThatNamesTheHandshakeCounts() {
    int cookie = issue(1460, 0);
    assertEquals(
        SynCookies.NONE,
        cookies.check(PEER + 1, portKey(80, 40_000), IRS, cookie, SynCookies.PLAIN, 0));
    assertEquals(
        SynCookies.NONE,
        cookies.check(PEER + (1L << 32), portKey(80, 40_000), IRS, cookie, SynCookies.PLAIN, 0));
    assertEquals(
        SynCookies.NONE,
        cookies.check(PEER, portKey(80, 40_001), IRS, cookie, SynCookies.PLAIN, 0));
    assertEquals(
        SynCookies.NONE,
        cookies.check(PEER, portKey(81, 40_000), IRS, cookie, SynCookies.PLAIN, 0));
    assertEquals(
        SynCookies.NONE,
        cookies.check(PEER, portKey(80, 40_000), IRS + 1, cookie, SynCookies.PLAIN, 0));
    for (int bit = 0; bit < 32; bit++) {
      assertEquals(SynCookies.NONE, check(cookie ^ (1 << bit), 0), "bit " + bit);
    }
  }

  @Test // SYN-05, BLD-18: a new start, a new key
  void anotherSecretRefusesIt() {
    SynCookies restarted = new SynCookies(new Secrets(2), 216);
    int cookie = issue(1460, 0);
    assertEquals(
        SynCookies.NONE,
        restarted.check(PEER, portKey(80, 40_000), IRS, cookie, SynCookies.PLAIN, 0));
  }

  @Test // SYN-04: chance is 2^-28 each
  void randomNumbersAreNoCookies() {
    SplittableRandom random = new SplittableRandom(1);
    int good = 0;
    for (int i = 0; i < 1 << 24; i++) {
      good += check(random.nextInt(), 3 * SLOT_NS) == SynCookies.NONE ? 0 : 1;
    }
    assertTrue(good <= 1, good + " of 2^24");
  }

  @Test // BLD-15: all but the MSS looks random, and grows by no constant step
  void cookiesLookRandom() {
    int many = 100_000;
    int[] ones = new int[32];
    int last = 0;
    int lastStep = 0;
    for (int i = 0; i < many; i++) {
      int cookie =
          cookies.issue(PEER, portKey(80, i & 0xFFFF), i, 1460, SynCookies.PLAIN, i * 1_000L);
      for (int bit = 3; bit < 32; bit++) {
        ones[bit] += (cookie >>> bit) & 1;
      }
      assertNotEquals(lastStep, cookie - last);
      lastStep = cookie - last;
      last = cookie;
    }
    for (int bit = 3; bit < 32; bit++) {
      assertEquals(many / 2.0, ones[bit], 5 * Math.sqrt(many) / 2, "bit " + bit);
    }
  }
}
