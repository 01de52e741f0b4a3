// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import io.vireo.nic.linux.NetworkPair;
import io.vireo.nic.linux.PrivateNetwork;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** wrk against each of the servers in turn. */
final class HttpLoad {
  private static final int CONNECTIONS = 128;
  private static final int START_PATIENCE_MS = 60_000;
  private static final int TRY_MS = 50;
  private static final int CONNECT_MS = 1_000;

  private final Effort effort;
  private final Programs programs;
  private final NetworkPair network;
  private final Path root;
  private final Path directory;

  /** {@code root}: of the project; {@code directory}: for files of the servers. */
  HttpLoad(Effort effort, Programs programs, NetworkPair network, Path root, Path directory) {
    this.effort = effort;
    this.programs = programs;
    this.network = network;
    this.root = root;
    this.directory = directory;
  }

  /** Adds a figure for each server that there is, and says which there are not. */
  void measure(Section section) throws Exception {
    Optional<String> noWrk = HttpPeer.notInstalled("wrk");
    if (noWrk.isPresent()) {
      section.notMeasured().add("all: " + noWrk.get());
      return;
    }
    Map<HttpPeer, List<Double>> rates = start(section);
    for (HttpPeer peer : rates.keySet()) {
      List<String> unused = load(peer, effort.httpWarmUpSeconds);
    }
    for (int round = 0; round < effort.httpRounds; round++) {
      for (Map.Entry<HttpPeer, List<Double>> entry : rates.entrySet()) {
        HttpPeer peer = entry.getKey();
        List<String> printed = load(peer, effort.httpSeconds);
        entry.getValue().add(rate(printed));
        for (String error : errors(printed)) {
          section.notMeasured().add(peer.title + ": only what was answered counts: " + error);
        }
      }
    }
    Map<String, String> parameters = Map.of(
        "connections", String.valueOf(CONNECTIONS), "seconds", String.valueOf(effort.httpSeconds));
    rates.forEach((peer, samples) ->
        section.figures().add(Figure.of(peer.title, parameters, "requests/s", samples)));
  }

  private Map<HttpPeer, List<Double>> start(Section section) throws Exception {
    Map<HttpPeer, List<Double>> rates = new EnumMap<>(HttpPeer.class);
    for (HttpPeer peer : HttpPeer.values()) {
      Optional<String> missing = peer.missing(root);
      if (missing.isPresent()) {
        section.notMeasured().add(peer.title + ": " + missing.get());
        continue;
      }
      try {
        List<String> command = peer.command(root, directory);
        PrivateNetwork where = peer == HttpPeer.VIREO ? network.nearNetwork : network.farNetwork;
        Lines server = where.call(() -> programs.start(peer.title, command));
        awaitListening(peer, server);
        rates.put(peer, new ArrayList<>());
      } catch (IOException e) {
        section.notMeasured().add(peer.title + ": " + e.getMessage());
      }
    }
    return rates;
  }

  private void awaitListening(HttpPeer peer, Lines server) throws Exception {
    network.nearNetwork.run(() -> {
      long startNs = System.nanoTime();
      while (!listens(peer)) {
        server.checkRunning();
        if (System.nanoTime() - startNs > START_PATIENCE_MS * 1_000_000L) {
          throw new IOException("it does not listen");
        }
        Thread.sleep(TRY_MS);
      }
    });
  }

  private static boolean listens(HttpPeer peer) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(peer.address(), peer.port), CONNECT_MS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** What wrk printed. */
  private List<String> load(HttpPeer peer, int seconds) throws Exception {
    List<String> line = List.of(
        "wrk",
        "-t1",
        "-c" + CONNECTIONS,
        "-d" + seconds + "s",
        "http://" + peer.address() + ":" + peer.port + "/");
    return network.nearNetwork.call(() -> programs.start("wrk", line)).rest();
  }

  /** Requests per second. */
  static double rate(List<String> printed) throws IOException {
    for (String line : printed) {
      if (line.startsWith("Requests/sec:")) {
        return Double.parseDouble(line.substring(line.indexOf(':') + 1).strip());
      }
    }
    throw new IOException("wrk gave no figure");
  }

  /** What it complains of; empty: of nothing. */
  static List<String> errors(List<String> printed) {
    return printed.stream()
        .filter(line -> line.contains("Socket errors") || line.contains("Non-2xx"))
        .map(String::strip)
        .toList();
  }
}
