// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import static io.vireo.bench.Section.Id.BULK;
import static io.vireo.bench.Section.Id.CONNECT_CLOSE;
import static io.vireo.bench.Section.Id.IDLE_POLL;
import static io.vireo.bench.Section.Id.ONE_ACTIVE;
import static io.vireo.bench.Section.Id.ROUND_ROBIN;
import static io.vireo.bench.Section.Id.ROUND_TRIP;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One run of a JMH benchmark, what it is to reach, and what others reached: medians seen on a machine like this, lowest / median.
 *
 * @param benchmark class and method
 * @param heapMib -Xmx of its JVM
 */
record MemoryCase(
    Section.Id section,
    String name,
    String benchmark,
    Map<String, String> parameters,
    int forks,
    int heapMib,
    Double goal,
    List<Reference> references) {

  private static final int USUAL_HEAP_MIB = 2_048;
  private static final int LARGE_HEAP_MIB = 8_192;
  private static final int MILLION = 1_000_000;

  static final String SMALL_BUFFERS = "65536";
  static final String LARGE_BUFFERS = "4194304";

  /** Those of an effort, on a machine that has so much memory free. */
  static List<MemoryCase> of(Effort effort, long freeMib) {
    List<MemoryCase> cases = new ArrayList<>();
    int forks = effort.full() ? 2 : 1;
    addRoundTrips(cases, forks);
    addBulk(cases, effort.full());
    for (int timeWait : effort.full() ? new int[] {16, 65_536} : new int[] {65_536}) {
      cases.add(connectClose(timeWait));
    }
    for (int connections : populations(effort, freeMib)) {
      cases.add(among(IDLE_POLL, "idlePoll", connections));
      cases.add(among(ONE_ACTIVE, "roundTrip", connections));
    }
    int active = effort.full() ? 10_000 : 1_000;
    cases.add(roundRobin(active, false));
    cases.add(roundRobin(active, true));
    return cases;
  }

  static int[] populations(Effort effort, long freeMib) {
    if (!effort.full()) {
      return new int[] {1, 10_000};
    }
    return freeMib > LARGE_HEAP_MIB + USUAL_HEAP_MIB
        ? new int[] {1, 1_000, 10_000, 100_000, MILLION}
        : new int[] {1, 1_000, 10_000, 100_000};
  }

  private static void addRoundTrips(List<MemoryCase> cases, int forks) {
    cases.add(roundTrip(
        "plain",
        forks,
        false,
        false,
        true,
        150.0,
        List.of(
            new Reference("lwIP, C", "214 / 289", 289),
            new Reference("smoltcp, Rust", "323 / 515", 515))));
    cases.add(roundTrip(
        "without options",
        forks,
        false,
        false,
        false,
        null,
        List.of(new Reference("efvitcp, C++", "124–150 / 128–181", 155))));
    cases.add(roundTrip(
        "with checksums",
        forks,
        true,
        false,
        true,
        190.0,
        List.of(
            new Reference("lwIP, C", "281 / 296", 296),
            new Reference("smoltcp, Rust", "398 / 555", 555))));
    cases.add(roundTrip(
        "with a clock",
        forks,
        false,
        true,
        true,
        198.0,
        List.of(
            new Reference("efvitcp, C++", "153–177 / 156–187", 172),
            new Reference("lwIP, C", "223 / 241", 241),
            new Reference("smoltcp, Rust", "504 / 645", 645))));
  }

  private static MemoryCase roundTrip(
      String name,
      int forks,
      boolean checksums,
      boolean realClock,
      boolean options,
      Double goal,
      List<Reference> references) {
    Map<String, String> parameters = Map.of(
        "checksums", String.valueOf(checksums),
        "realClock", String.valueOf(realClock),
        "options", String.valueOf(options));
    return new MemoryCase(
        ROUND_TRIP,
        name,
        "PingPong.roundTrip",
        parameters,
        forks,
        USUAL_HEAP_MIB,
        goal,
        references);
  }

  private static void addBulk(List<MemoryCase> cases, boolean all) {
    List<Reference> plain = List.of(
        new Reference("efvitcp, C++", "110–166 / 122–189", 155),
        new Reference("lwIP, C", "354 / 392", 392),
        new Reference("smoltcp, Rust", "216 / 230", 230));
    List<Reference> checked = List.of(
        new Reference("lwIP, C", "721 / 785", 785),
        new Reference("smoltcp, Rust", "329 / 384", 384));
    double checkedGoal = Runtime.version().feature() >= 25 ? 200 : 330;
    cases.add(bulk("64 KiB", false, SMALL_BUFFERS, 125.0, plain));
    if (all) {
      cases.add(bulk("64 KiB, checksums", true, SMALL_BUFFERS, checkedGoal, checked));
      cases.add(bulk("4 MiB", false, LARGE_BUFFERS, null, List.of()));
      cases.add(bulk("4 MiB, checksums", true, LARGE_BUFFERS, null, List.of()));
    }
  }

  private static MemoryCase bulk(
      String name, boolean checksums, String bufferBytes, Double goal, List<Reference> references) {
    Map<String, String> parameters = Map.of(
        "checksums", String.valueOf(checksums), "options", "true", "bufferBytes", bufferBytes);
    return new MemoryCase(
        BULK, name, "Bulk.segment", parameters, 1, USUAL_HEAP_MIB, goal, references);
  }

  private static MemoryCase connectClose(int timeWait) {
    List<Reference> references = timeWait == 16
        ? List.of(new Reference("lwIP, C", "712", 712))
        : List.of(
            new Reference("efvitcp, C++", "1,170–1,970", 1_570),
            new Reference("smoltcp, Rust", "2,300", 2_300));
    return new MemoryCase(
        CONNECT_CLOSE,
        count(timeWait) + " in TIME-WAIT",
        "ConnectClose.connectAndClose",
        Map.of("timeWait", String.valueOf(timeWait)),
        1,
        USUAL_HEAP_MIB,
        1_000.0,
        references);
  }

  private static MemoryCase among(Section.Id section, String method, int connections) {
    return new MemoryCase(
        section,
        count(connections),
        "AmongIdle." + method,
        Map.of("connections", String.valueOf(connections)),
        1,
        connections == MILLION ? LARGE_HEAP_MIB : USUAL_HEAP_MIB,
        section == IDLE_POLL ? 10.0 : null,
        section == IDLE_POLL ? idlePollOfOthers(connections) : List.of());
  }

  private static List<Reference> idlePollOfOthers(int connections) {
    return switch (connections) {
      case 1 ->
        List.of(
            new Reference("efvitcp, C++", "5", 5),
            new Reference("lwIP, C", "6.5", 6.5),
            new Reference("smoltcp, Rust", "24", 24));
      case 10_000 ->
        List.of(
            new Reference("efvitcp, C++", "4–6", 5),
            new Reference("lwIP, C", "7.7", 7.7),
            new Reference("smoltcp, Rust", "106,235", 106_235));
      default -> List.of();
    };
  }

  private static MemoryCase roundRobin(int connections, boolean onePort) {
    List<Reference> references = onePort
        ? List.of(new Reference("efvitcp, C++, 10,000 connections", "2,882", 2_882))
        : List.of(
            new Reference("efvitcp, C++, 10,000 connections", "455", 455),
            new Reference("lwIP, C, 10,000 connections", "550,000", 550_000),
            new Reference("smoltcp, Rust, 10,000 connections", "610,000", 610_000));
    return new MemoryCase(
        ROUND_ROBIN,
        count(connections) + (onePort ? ", all peers use one port" : ", many ports"),
        "RoundRobin.request",
        Map.of("connections", String.valueOf(connections), "onePort", String.valueOf(onePort)),
        1,
        USUAL_HEAP_MIB,
        455.0,
        references);
  }

  static String count(int number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
