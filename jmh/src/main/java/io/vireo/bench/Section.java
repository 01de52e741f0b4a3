// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;

/** A part of the result, and of the report. */
record Section(Id id, List<Figure> figures, List<String> notMeasured) {
  /** What there is, in the order of the report. */
  enum Id {
    ROUND_TRIP(
        "Round trip in memory",
        "A message of 64 bytes and its echo; both stacks on one thread, joined by a wire in memory."
            + " Plain: the clock stands still, checksums are left to the wire, timestamps and SACK"
            + " are on. The others change one thing each: no options, checksums in software, a clock"
            + " reading per poll."),
    BULK(
        "Stream in memory",
        "Per 1,460 bytes sent, received and acknowledged, by what the buffers grow to; checksums in"
            + " software or left to the wire; both stacks on one thread."),
    CONNECT_CLOSE(
        "Connect and close in memory",
        "A connection without data: SYN, SYN-ACK, ACK, FIN both ways, TIME-WAIT at the client; both"
            + " stacks on one thread."),
    IDLE_POLL(
        "A turn without work, by idle connections",
        "The server polls and finds nothing; the clock is not read."),
    ONE_ACTIVE(
        "A round trip among idle connections",
        "64 bytes there and back on one connection, while the others are established and silent."),
    ROUND_ROBIN(
        "Requests round all of many connections",
        "64 bytes on one connection after the other; of each the server's part: receive, echo,"
            + " acknowledge."),
    MEMORY(
        "Memory per idle connection",
        "Per connection end, all tables of the stack included, after a garbage collection."),
    LATENCY(
        "Latency over a TAP",
        "Round trips of 64 bytes, by one client on a socket of the kernel's TCP. The floor answers"
            + " with canned segments through the same kind of device; the kernel's TCP answers over a"
            + " veth. The three take turns."),
    FIRST(
        "The first messages over a TAP",
        "The first thousand round trips of 64 bytes with a server of Vireo's that has just been"
            + " started, with Warmup and without, in turns; the client has had its practice with the"
            + " kernel's TCP. Samples are the means of the servers."),
    HTTP(
        "HTTP requests per second",
        "wrk with one thread and 128 connections; Vireo over a TAP, the others on the kernel's TCP over"
            + " a veth, one thread each. They take turns.");

    final String title;
    final String what;

    Id(String title, String what) {
      this.title = title;
      this.what = what;
    }

    /** Where single values were recorded. */
    boolean hasPercentiles() {
      return this == LATENCY || this == FIRST;
    }

    /** Where more is better. */
    boolean isRate() {
      return this == HTTP;
    }
  }

  static Section empty(Id id) {
    return new Section(id, new ArrayList<>(), new ArrayList<>());
  }

  Figure figure(String name) {
    return figures.stream()
        .filter(figure -> figure.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new NoSuchElementException(name + " in " + id));
  }

  boolean has(String name) {
    return figures.stream().anyMatch(figure -> figure.name().equals(name));
  }
}
