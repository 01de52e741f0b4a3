// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.nic.linux.PrivateNetwork;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** curl in a network, and an {@link HttpServer}: bodies of every size around those of segments, windows and buffers. */
final class CurlTalk {
  private static final int[] SIZES = {
    0, 1, 2, 535, 536, 537, 1_459, 1_460, 1_461, 2_919, 2_920, 2_921, 14_600, 65_535, 65_536,
    65_537, 1_000_000, 16 << 20,
  };

  private final PrivateNetwork network;
  private final String url;
  private final Path directory;
  private final int[] sizes;

  /** With bodies up to this size. Files are made in the directory. */
  CurlTalk(PrivateNetwork network, String url, Path directory, int largest) {
    this.network = network;
    this.url = url;
    this.directory = directory;
    sizes = IntStream.of(SIZES).filter(size -> size <= largest).toArray();
  }

  /** How many requests a conversation has. */
  int requests() {
    return sizes.length;
  }

  /** Over one connection, unless options of curl's say otherwise. */
  void everySizeComes(String... options) throws Exception {
    List<String> command = new ArrayList<>(List.of("curl", "-sSf"));
    command.addAll(List.of(options));
    for (int size : sizes) {
      command.addAll(
          List.of("-o", directory.resolve("" + size).toString(), url + "/bytes/" + size));
    }
    String unused = network.execute(command.toArray(String[]::new));
    for (int size : sizes) {
      assertEquals(
          KernelTransfer.hashOfPattern(size),
          KernelTransfer.hash(Files.readAllBytes(directory.resolve("" + size))));
    }
  }

  void everySizeGoesUp(String... options) throws Exception {
    StringBuilder expected = new StringBuilder();
    List<String> command = new ArrayList<>(List.of("curl", "-sSf"));
    command.addAll(List.of(options));
    for (int size : sizes) {
      Path file = KernelTransfer.writePattern(directory.resolve("" + size), size);
      command.addAll(List.of("-T", file.toString(), url));
      expected.append("Received ").append(size).append(" bytes, SHA-256 ");
      expected.append(KernelTransfer.hashOfPattern(size)).append('\n');
    }
    assertEquals(expected.toString(), network.execute(command.toArray(String[]::new)));
  }
}
