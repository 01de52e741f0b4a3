// SPDX-License-Identifier: Apache-2.0
package io.vireo.differential;

import io.vireo.differential.Cell.Ack;
import io.vireo.differential.Cell.Seq;
import io.vireo.differential.Cell.State;
import io.vireo.differential.Cell.Stimulus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Gives a host every stimulus, many connections at a time, and collects its answers. */
final class StateDifferences {
  private static final int BATCH = 256;
  private static final int MOST_TRIES = 5;
  private static final int FIRST_PEER_PORT = 1_024;
  private static final long PATIENCE_NS = 5_000_000_000L;

  /** A batch that took longer saw timers at work. */
  private static final long LONGEST_NS = 180_000_000;

  /** Type, code, and what stands in the last word of the header: for 3/4 the MTU. */
  private static final int[][] ERRORS = {
    {3, 0, 0},
    {3, 1, 0},
    {3, 2, 0},
    {3, 3, 0},
    {3, 4, 0},
    {3, 4, 68},
    {3, 4, 1_400},
    {3, 4, 9_000},
    {3, 5, 0},
    {3, 9, 0},
    {3, 10, 0},
    {3, 13, 0},
    {3, 15, 0},
    {3, 16, 0},
    {4, 0, 0},
    {5, 1, 0},
    {11, 0, 0},
    {11, 1, 0},
    {12, 0, 0},
    {12, 1, 0},
  };

  private final Host host;
  private int peerPort = FIRST_PEER_PORT;

  StateDifferences(Host host) {
    this.host = host;
  }

  /** All of them, states in order. */
  static List<Stimulus> stimuli(int flagCombinations) {
    List<Stimulus> all = new ArrayList<>();
    for (State state : State.values()) {
      boolean stateless = state == State.CLOSED || state == State.LISTEN;
      for (int flags = 0; flags < (stateless ? 256 : flagCombinations); flags++) {
        for (Seq seq : Seq.values()) {
          for (Ack ack : Ack.values()) {
            if ((ack == Ack.NONE) != ((flags & Segment.ACK) == 0)) {
              continue;
            }
            if (stateless && (seq != Seq.EXACT || (ack != Ack.NONE && ack != Ack.EXACT))) {
              continue; // there is nothing to be left or right of
            }
            all.add(new Stimulus(state, flags, seq, ack, 0));
            all.add(new Stimulus(state, flags, seq, ack, 10));
          }
        }
      }
    }
    return all;
  }

  /** The answers to each stimulus, and to the probe after it. */
  Map<Stimulus, String> run(List<Stimulus> stimuli) throws IOException {
    Map<Stimulus, String> answers = new HashMap<>();
    int from = 0;
    while (from < stimuli.size()) {
      int to = from;
      State state = stimuli.get(from).state();
      while (to < stimuli.size() && to - from < BATCH && stimuli.get(to).state() == state) {
        to++;
      }
      batch(stimuli.subList(from, to), answers);
      from = to;
    }
    return answers;
  }

  private void batch(List<Stimulus> stimuli, Map<Stimulus, String> answers) throws IOException {
    for (int tries = 0; tries < MOST_TRIES; tries++) {
      Map<Integer, Cell> cells = new HashMap<>();
      for (Stimulus stimulus : stimuli) {
        peerPort = peerPort == 65_535 ? FIRST_PEER_PORT : peerPort + 1;
        cells.put(peerPort, new Cell(stimulus, host, peerPort));
      }
      long start = System.nanoTime();
      Map<Stimulus, String> found = ask(cells);
      boolean inTime = host instanceof VireoHost || System.nanoTime() - start < 2 * LONGEST_NS;
      for (Cell cell : cells.values()) {
        cell.end();
      }
      host.dropAll();
      read(cells);
      if (inTime || tries == MOST_TRIES - 1) {
        answers.putAll(found);
        return;
      }
    }
  }

  private Map<Stimulus, String> ask(Map<Integer, Cell> cells) throws IOException {
    for (int step = 0; step < Cell.STEPS; step++) {
      for (Cell cell : cells.values()) {
        cell.step(step);
      }
      awaitReady(cells, step);
    }
    for (Cell cell : cells.values()) {
      cell.give();
    }
    host.settle();
    read(cells);
    Map<Stimulus, String> found = new HashMap<>();
    for (Cell cell : cells.values()) {
      found.put(cell.stimulus, cell.answers(false));
      cell.ask();
    }
    host.settle();
    read(cells);
    for (Cell cell : cells.values()) {
      found.merge(cell.stimulus, cell.answers(true), (answer, probed) -> answer + " | " + probed);
    }
    return found;
  }

  /** Answers to ICMP errors for connections that are being opened, and for open ones that have something under way. */
  Map<String, String> runErrors() throws IOException {
    Map<String, Cell> named = new LinkedHashMap<>();
    Map<Integer, Cell> cells = new HashMap<>();
    for (State state : List.of(State.SYN_SENT, State.FIN_WAIT_1)) {
      for (boolean underWay : new boolean[] {true, false}) {
        for (int[] error : ERRORS) {
          Cell cell = new Cell(new Stimulus(state, 0, Seq.EXACT, Ack.NONE, 0), host, ++peerPort);
          String number = error[0] + "/" + error[1] + (error[2] > 0 ? " MTU " + error[2] : "");
          named.put("ICM " + state + " " + number + (underWay ? "" : " of nothing sent"), cell);
          cells.put(peerPort, cell);
        }
      }
    }
    for (int step = 0; step < Cell.STEPS; step++) {
      for (Cell cell : cells.values()) {
        cell.step(step);
      }
      awaitReady(cells, step);
    }
    int next = 0;
    for (Map.Entry<String, Cell> cell : named.entrySet()) {
      int[] error = ERRORS[next++ % ERRORS.length];
      cell.getValue().giveError(error[0], error[1], error[2], !cell.getKey().endsWith("sent"));
    }
    host.settle();
    read(cells);
    Map<String, String> answers = new LinkedHashMap<>();
    for (Map.Entry<String, Cell> cell : named.entrySet()) {
      answers.put(cell.getKey(), cell.getValue().answers(false));
      if (cell.getKey().startsWith("ICM SYN_SENT")) {
        cell.getValue().accept();
      } else {
        cell.getValue().ask();
      }
    }
    host.settle();
    read(cells);
    named.forEach((name, cell) ->
        answers.merge(name, cell.answers(true), (answer, probed) -> answer + " | " + probed));
    host.dropAll();
    return answers;
  }

  private void awaitReady(Map<Integer, Cell> cells, int step) throws IOException {
    long start = System.nanoTime();
    read(cells);
    for (Cell cell : cells.values()) {
      while (!cell.ready(step)) {
        host.settle(); // an ACK may be delayed
        read(cells);
        if (System.nanoTime() - start > PATIENCE_NS) {
          throw new AssertionError(cell.stimulus.text() + " is not reached, at step " + step);
        }
      }
    }
  }

  private void read(Map<Integer, Cell> cells) throws IOException {
    for (byte[] frame = host.next(); frame != null; frame = host.next()) {
      Segment segment = Segment.of(frame);
      Cell cell = segment == null ? null : cells.get(segment.destinationPort());
      if (cell != null) {
        cell.onSegment(segment);
      }
    }
  }
}
