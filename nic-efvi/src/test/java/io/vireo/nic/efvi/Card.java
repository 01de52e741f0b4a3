// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import io.vireo.nic.Nic;
import io.vireo.nic.NicStatus;
import io.vireo.nic.efvi.ciul.Libciul;
import io.vireo.nic.linux.LibC;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import jnr.ffi.LibraryLoader;

/** The double of libciul, built by the system's compiler, and the card behind it; src/test/c/card.h says what each function does. */
final class Card {
  /** The functions; names as in C. */
  public interface Functions {
    void card_reset();

    int card_port_create(String name, int interfaceIndex, long mac, int mtu);

    int card_ports_join(int port, int other);

    int card_port_tap_wire(int port, String tap);

    int card_port_tap_kernel(int port);

    int card_run(int budget);

    void card_auto(int on);

    int card_inject(int port, long frame, int length);

    int card_take(int port, long frame, int capacity);

    int card_set(int port, int knob, long value);

    int card_fail(String function, int error, int skip);

    int card_vi_fault(long vi, int fault, int argument);

    int card_vi_event(long vi, long first, long second);

    int card_vi_ring(long vi, int ring);

    long card_count(int port, int counter);

    int card_alive(int object);

    String card_misuse();

    int card_misuse_count();
  }

  // Knobs.
  static final int COMPLETION_DELAY = 1;
  static final int COMPLETION_BATCH = 2;
  static final int TX_DELAY = 0;
  static final int TX_DROP_NTH = 3;
  static final int RX_DROP_NTH = 4;
  static final int EAGAIN_NTH = 5;
  static final int CTPIO_FAIL_NTH = 6;
  static final int NO_DESC_EVENTS = 7;
  static final int RX_MULTI = 8;
  static final int RX_PREFIX = 9;
  static final int CHECK_RX_BUFFERS = 11;
  static final int CHECK_TX_BUFFERS = 12;
  static final int VI_LIMIT = 15;
  static final int NO_CTPIO = 16;
  static final int AUTO_BUDGET = 20;

  // Faults.
  static final int RESET = 0;
  static final int OFLOW = 1;
  static final int NO_DESC = 2;
  static final int TX_ERROR = 4;
  static final int DISCARD = 5;

  // Counters.
  static final int TX_CTPIO = 1;
  static final int TX_CTPIO_FAILED = 2;
  static final int RX_TO_KERNEL = 9;
  static final int EAGAINS = 17;

  /** {@link Functions#card_alive}: filters. */
  static final int FILTERS = 4;

  /** {@link Functions#card_alive}: drivers, domains, VIs, registrations, filters. */
  private static final int OBJECTS = 5;

  /** What the property named before the double took its place: real libraries, separated by colons. */
  static final String REAL_ONES = System.getProperty(Libciul.PROPERTY, "");

  /** As seen from this module, and from its neighbours, whose tests use the double, too. */
  private static final Path SOURCES = Path.of("..", "nic-efvi", "src", "test", "c");

  private static final int COMPILER_SECONDS = 120;
  private static final int LARGEST_FRAME = 16 << 10;
  private static final int RUN_BUDGET = 1_000;

  private static Functions loaded;

  final Functions functions;
  private final ByteBuffer frame = LibC.structure(LARGEST_FRAME);
  private final long frameAddress = LibC.addressOf(frame);

  private Card(Functions functions) {
    this.functions = functions;
  }

  /** The double with the layout of Onload 9.2, or of 8.1. */
  static Path build(boolean layout81) throws Exception {
    Path library = Path.of("target", layout81 ? "libciul-double-81.so" : "libciul-double.so")
        .toAbsolutePath();
    List<String> command = new ArrayList<>(List.of(
        "cc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-Wl,-Bsymbolic", "-o"));
    command.add(library.toString());
    if (layout81) {
      command.add("-DLIBCIUL_LAYOUT=81");
    }
    try (Stream<Path> files = Files.list(SOURCES)) {
      files.map(Path::toString).filter(name -> name.endsWith(".c")).forEach(command::add);
    }
    Process compiler = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!compiler.waitFor(COMPILER_SECONDS, TimeUnit.SECONDS) || compiler.exitValue() != 0) {
      throw new IOException(String.join(" ", command) + ": " + output);
    }
    return library;
  }

  /** Puts the double in the place of libciul for this process, and forgets what an earlier test did with the card. */
  static synchronized Card insert() throws Exception {
    if (loaded == null) {
      LibC.load("card0");
      String library = build(false).toString();
      System.setProperty(Libciul.PROPERTY, library);
      loaded = LibraryLoader.create(Functions.class).failImmediately().load(library);
    }
    loaded.card_reset();
    return new Card(loaded);
  }

  /** A port, for the interface of that name. */
  int port(String interfaceName, int lastOctet, int mtu) {
    ByteBuffer mac = LibC.structure(8).put(0, (byte) 2).put(5, (byte) lastOctet);
    return check(functions.card_port_create(interfaceName, 0, LibC.addressOf(mac), mtu), "a port");
  }

  /** The kernel tells somewhat later that the link of a new interface is up. */
  static void awaitLink(Nic nic) {
    while (nic.status() == NicStatus.DOWN) {
      nic.await(1_000_000);
    }
  }

  static int check(int result, String what) {
    if (result < 0) {
      throw new IllegalStateException("card: " + what + " (" + result + ")");
    }
    return result;
  }

  void set(int knob, long value) {
    check(functions.card_set(-1, knob, value), "knob " + knob);
  }

  void run() {
    int unused = functions.card_run(RUN_BUDGET);
  }

  /** A frame arrives from the wire. */
  void inject(int port, byte[] bytes) {
    frame.put(0, bytes);
    check(functions.card_inject(port, frameAddress, bytes.length), "inject");
  }

  /** The oldest frame that left, or null. */
  byte[] take(int port) {
    int length = functions.card_take(port, frameAddress, LARGEST_FRAME);
    if (length < 0) {
      return null;
    }
    byte[] bytes = new byte[length];
    frame.get(0, bytes);
    return bytes;
  }

  /** What software did wrong with the card, and what it has not given back; empty: nothing. */
  String complaints() {
    StringBuilder text = new StringBuilder();
    String misuse = functions.card_misuse();
    if (misuse != null) {
      text.append(misuse).append(" (of ").append(functions.card_misuse_count()).append(")");
    }
    for (int object = 0; object < OBJECTS; object++) {
      int alive = functions.card_alive(object);
      if (alive != 0) {
        text.append(" object ").append(object).append(": ").append(alive).append(" alive");
      }
    }
    return text.toString();
  }
}
