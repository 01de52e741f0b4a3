// SPDX-License-Identifier: Apache-2.0
package io.vireo.link;

import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.api.HotPath;
import io.vireo.nic.HostNetwork;
import io.vireo.wire.AddressIndex;
import io.vireo.wire.IndexList;
import io.vireo.wire.MacAddress;

/**
 * Which MAC address the neighbours on the link have: the ARP cache, with what RFC 4861 section 7.3 taught about
 * unreachable neighbours. Entries are made by asking, never by listening, and a MAC address changes only by the answer
 * to a request that is still open.
 *
 * <pre>
 *   hold, solicit          answer                       lifetime over, in use; suspect; another MAC claims it
 *   ───────────► ASKING ───────────► KNOWN ◄──────────────────────► PROBING   the known MAC is asked, by unicast
 *                  │ ▲                 │ ▲     the known MAC answers   │
 *       no answer  │ │ asked again     │ │ unused, held                │ no answer
 *                  ▼ │                 ▼ │                             ▼
 *                FAILED              STALE ──► PROBING at first use  RENEWING  everybody is asked, by broadcast:
 *                  ▲                                                   │       an answer leads to KNOWN
 *                  └───────────────────────────────────────────────────┘
 * </pre>
 *
 * In KNOWN, STALE, PROBING and RENEWING frames leave for the known MAC: no frame waits for a refresh.
 */
public final class NeighbourTable {
  /** {@link #hold} and {@link #pollChanged}: none. */
  public static final int NONE = -1;

  /** Entries nobody holds that have no MAC address: a bound on what strangers can make us ask. */
  static final int IDLE_UNRESOLVED_LIMIT = 64;

  /** RFC 1122 section 2.3.2.1 asks for a timeout "on the order of a minute". */
  static final long LIFETIME_NS = 60_000_000_000L;

  /** RFC 1122 section 2.3.2.1: no more than one request per second and destination. */
  static final long REQUEST_INTERVAL_NS = 1_000_000_000L;

  static final int REQUESTS = 3;

  /** A unicast probe goes to a station that answered before; half the time is enough for two of them. */
  static final long PROBE_INTERVAL_NS = 500_000_000L;

  static final int PROBES = 2;

  /** A failed neighbour is not asked again before, and a confirmed one not suspected. */
  static final long HOLD_OFF_NS = 1_000_000_000L;

  /** A failed neighbour that is held, as by established connections, is asked again so often. */
  static final long RETRY_NS = 5_000_000_000L;

  private static final byte FREE = 0;
  private static final byte ASKING = 1;
  private static final byte FAILED = 2;

  // From here on the MAC address is known.
  private static final byte KNOWN = 3;
  private static final byte STALE = 4;
  private static final byte PROBING = 5;
  private static final byte RENEWING = 6;

  private final NeighbourQuestions questions;
  private final Counters counters;
  private final AddressIndex entries;
  private final DeadlineHeap deadlines;
  private final IndexList idle;
  private final IndexList changed;
  private final byte[] state;
  private final long[] mac;
  private final int[] holders;
  private final byte[] requestsSent;

  /** When the entry was confirmed, if the MAC address is known, or failed. */
  private final long[] sinceNs;

  /** Whether a frame left for it since it was confirmed. */
  private final boolean[] used;

  /** Whether to probe at the deadline even if unused. */
  private final boolean[] suspected;

  private int idleUnresolved;
  private int asking;

  NeighbourTable(NeighbourQuestions questions, int capacity, Counters counters, long seed) {
    this.questions = questions;
    this.counters = counters;
    this.entries = new AddressIndex(capacity, seed);
    this.deadlines = new DeadlineHeap(capacity);
    this.idle = new IndexList(capacity);
    this.changed = new IndexList(capacity);
    this.state = new byte[capacity];
    this.mac = new long[capacity];
    this.holders = new int[capacity];
    this.requestsSent = new byte[capacity];
    this.sinceNs = new long[capacity];
    this.used = new boolean[capacity];
    this.suspected = new boolean[capacity];
  }

  // What those who send ask and tell.

  /** Whether the MAC address is known: frames may leave. */
  @HotPath
  public boolean resolved(int index) {
    return state[index] >= KNOWN;
  }

  /** The MAC address of a resolved entry. */
  @HotPath
  public long mac(int index) {
    assert resolved(index);
    return mac[index];
  }

  /** A frame leaves for a resolved entry. Needs no time: an entry that was stale is probed by the next {@link #onTimer}. */
  @HotPath
  public void used(int index) {
    if (!used[index]) {
      used[index] = true;
      if (state[index] == STALE) {
        deadlines.arm(index, sinceNs[index] + LIFETIME_NS);
      }
    }
  }

  /** Whether the neighbour did not answer. While it is held it is asked again now and then. */
  public boolean failed(int index) {
    return state[index] == FAILED;
  }

  /** The address of an entry. */
  public int address(int index) {
    return entries.address(index);
  }

  /**
   * The entry of an address, held until {@link #letGo}: made if there is none, and asked for if it is not known and did
   * not fail within the last second. NONE: the table is full of held entries.
   */
  public int hold(int address, long nowNs) {
    int index = findOrMake(address, nowNs);
    if (index != NONE) {
      setHolders(index, holders[index] + 1);
    }
    return index;
  }

  /** Takes back one {@link #hold}. */
  public void letGo(int index) {
    assert holders[index] > 0;
    setHolders(index, holders[index] - 1);
    if (holders[index] > 0) {
      return;
    }
    boolean tooMany = isIdleUnresolved(index) && idleUnresolved > IDLE_UNRESOLVED_LIMIT;
    if (state[index] == STALE || tooMany) {
      free(index);
    } else if (state[index] == FAILED) {
      deadlines.arm(index, sinceNs[index] + HOLD_OFF_NS);
    }
  }

  /** Asks for an address that nobody holds; not if 64 such questions are open already. */
  public void solicit(int address, long nowNs) {
    if (entries.find(address) == AddressIndex.NONE && idleUnresolved >= IDLE_UNRESOLVED_LIMIT) {
      counters.increment(Counter.NEIGHBOURS_FULL);
      return;
    }
    findOrMake(address, nowNs);
  }

  private int findOrMake(int address, long nowNs) {
    int index = entries.find(address);
    if (index == AddressIndex.NONE) {
      index = make(address);
      if (index != NONE) {
        ask(index, nowNs);
      }
    } else if (state[index] == FAILED && heldOff(index, nowNs)) {
      ask(index, nowNs);
    }
    return index;
  }

  private int make(int address) {
    if (entries.isFull()) {
      int oldest = idle.first();
      if (oldest == IndexList.NONE) {
        counters.increment(Counter.NEIGHBOURS_FULL);
        return NONE;
      }
      free(oldest);
    }
    int index = entries.add(address);
    assert state[index] == FREE;
    assert holders[index] == 0;
    idle.add(index);
    return index;
  }

  private void free(int index) {
    assert holders[index] == 0;
    setState(index, FREE);
    deadlines.disarm(index);
    idle.remove(index);
    changed.remove(index);
    entries.remove(index);
  }

  private void setState(int index, byte newState) {
    idleUnresolved -= isIdleUnresolved(index) ? 1 : 0;
    asking += (newState == ASKING ? 1 : 0) - (state[index] == ASKING ? 1 : 0);
    state[index] = newState;
    idleUnresolved += isIdleUnresolved(index) ? 1 : 0;
  }

  private void setHolders(int index, int count) {
    idleUnresolved -= isIdleUnresolved(index) ? 1 : 0;
    holders[index] = count;
    idleUnresolved += isIdleUnresolved(index) ? 1 : 0;
    idle.remove(index);
    if (count == 0) {
      idle.add(index);
    }
  }

  private boolean isIdleUnresolved(int index) {
    return holders[index] == 0 && (state[index] == ASKING || state[index] == FAILED);
  }

  private boolean heldOff(int index, long nowNs) {
    return nowNs - sinceNs[index] >= HOLD_OFF_NS;
  }

  /**
   * Frames sent there seem to vanish, or somebody else claims the address: the known MAC is probed, everybody is asked
   * if it is silent, and meanwhile frames leave as before. Not within a second of the last answer, but after it.
   */
  public void suspect(int index, long nowNs) {
    if (state[index] == KNOWN || state[index] == STALE) {
      suspected[index] = true;
      if (heldOff(index, nowNs)) {
        probe(index, nowNs);
      } else {
        deadlines.arm(index, sinceNs[index] + HOLD_OFF_NS);
      }
    } else if (state[index] == FAILED && heldOff(index, nowNs)) {
      ask(index, nowNs);
    }
  }

  /** An entry that became resolved, changed its MAC address or failed since it was last returned here, or NONE. */
  public int pollChanged() {
    int index = changed.first();
    if (index == IndexList.NONE) {
      return NONE;
    }
    changed.remove(index);
    return index;
  }

  // What ARP heard.

  /** An answer to us. True if it was believed. */
  @HotPath
  boolean onAnswer(int address, long answeredMac, long nowNs) {
    int index = entries.find(address);
    if (index == AddressIndex.NONE) {
      return false;
    }
    boolean everybodyWasAsked = state[index] == ASKING || state[index] == RENEWING;
    boolean expected = everybodyWasAsked || (state[index] == PROBING && mac[index] == answeredMac);
    if (expected) {
      confirm(index, answeredMac, nowNs);
    } else {
      onClaim(address, answeredMac, nowNs);
    }
    return expected;
  }

  /** Somebody said in passing that an address is his. True if it contradicts what we know. Never believed by itself. */
  @HotPath
  boolean onClaim(int address, long claimedMac, long nowNs) {
    int index = entries.find(address);
    if (index == AddressIndex.NONE || !resolved(index) || mac[index] == claimedMac) {
      return false;
    }
    suspect(index, nowNs);
    return true;
  }

  private void confirm(int index, long answeredMac, long nowNs) {
    assert MacAddress.isStation(answeredMac);
    boolean news = state[index] == ASKING || mac[index] != answeredMac;
    setState(index, KNOWN);
    mac[index] = answeredMac;
    sinceNs[index] = nowNs;
    used[index] = false;
    suspected[index] = false;
    deadlines.arm(index, nowNs + LIFETIME_NS);
    if (news) {
      markChanged(index);
    }
  }

  private void markChanged(int index) {
    if (!changed.contains(index)) {
      changed.add(index);
    }
  }

  // What the kernel of the host says, whose word is good.

  /** The answer to a question of ours. */
  void onHostAnswer(int address, long answeredMac, long nowNs) {
    int index = entries.find(address);
    if (index != AddressIndex.NONE && MacAddress.isStation(answeredMac)) {
      confirm(index, answeredMac, nowNs);
    }
  }

  /** Some of the neighbours may have changed. */
  void onHostNews(HostNetwork host, long nowNs) {
    for (int index = 0; index < state.length; index++) {
      if (state[index] != FREE) {
        onHostNews(index, host.neighbour(entries.address(index)), nowNs);
      }
    }
  }

  private void onHostNews(int index, long news, long nowNs) {
    boolean known = state[index] == KNOWN || state[index] == STALE;
    if (news >= 0 && MacAddress.isStation(news)) {
      if (!known || mac[index] != news) {
        confirm(index, news, nowNs);
      }
    } else if (news == HostNetwork.FAILED && known) {
      suspect(index, nowNs);
    }
  }

  /** Whether an answer is waited for without which somebody cannot send. */
  boolean isAsking() {
    return asking > 0;
  }

  // What time brings.

  /** Whether any entry waits for a time. */
  public boolean hasDeadline() {
    return !deadlines.isEmpty();
  }

  /** When the next entry is due; only if {@link #hasDeadline()}. */
  public long nextDeadlineNs() {
    return deadlines.firstNs();
  }

  /** Does what is due, for at most limit entries; returns for how many. */
  public int onTimer(long nowNs, int limit) {
    int done = 0;
    while (done < limit && !deadlines.isEmpty() && deadlines.firstNs() - nowNs <= 0) {
      int index = deadlines.first();
      deadlines.disarm(index);
      onDeadline(index, nowNs);
      done++;
    }
    return done;
  }

  private void onDeadline(int index, long nowNs) {
    switch (state[index]) {
      case ASKING, RENEWING -> {
        if (requestsSent[index] < REQUESTS) {
          requestFromAll(index, nowNs);
        } else {
          fail(index, nowNs);
        }
      }
      case PROBING -> {
        if (requestsSent[index] < PROBES) {
          requestFromKnown(index, nowNs);
        } else {
          setState(index, RENEWING);
          requestsSent[index] = 0;
          requestFromAll(index, nowNs);
        }
      }
      case KNOWN, STALE -> onLifetimeOver(index, nowNs);
      case FAILED -> {
        if (holders[index] > 0) {
          ask(index, nowNs);
        } else {
          free(index);
        }
      }
      default -> throw new AssertionError("a free entry has no deadline");
    }
  }

  private void onLifetimeOver(int index, long nowNs) {
    if (used[index] || suspected[index]) {
      probe(index, nowNs);
    } else if (holders[index] > 0) {
      setState(index, STALE);
    } else {
      free(index);
    }
  }

  private void ask(int index, long nowNs) {
    setState(index, ASKING);
    requestsSent[index] = 0;
    requestFromAll(index, nowNs);
  }

  private void probe(int index, long nowNs) {
    setState(index, PROBING);
    requestsSent[index] = 0;
    requestFromKnown(index, nowNs);
  }

  private void requestFromAll(int index, long nowNs) {
    requestsSent[index]++;
    deadlines.arm(index, nowNs + REQUEST_INTERVAL_NS);
    questions.request(entries.address(index), MacAddress.BROADCAST, nowNs);
  }

  private void requestFromKnown(int index, long nowNs) {
    requestsSent[index]++;
    deadlines.arm(index, nowNs + PROBE_INTERVAL_NS);
    questions.request(entries.address(index), mac[index], nowNs);
  }

  private void fail(int index, long nowNs) {
    setState(index, FAILED);
    sinceNs[index] = nowNs;
    boolean held = holders[index] > 0;
    deadlines.arm(index, nowNs + (held ? RETRY_NS : HOLD_OFF_NS));
    counters.increment(Counter.NEIGHBOURS_FAILED);
    markChanged(index);
  }
}
