// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the command line says before any network is touched. */
class VireoTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return Vireo.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | vireo: which command?",
        "fly | vireo: there is no command 'fly'",
        "echo | vireo echo: Missing required options: '--nic=NIC', '--port=N'",
        "echo --nic tap:a --address 10.0.0.2/24 --port x | vireo echo: Invalid value for option '--port': 'x' is not an int",
        "echo --nic tap:a --address 10.0.0.2/24 --port 7 --idle doze | vireo echo: Invalid value for option '--idle': \"doze\", must be spin or park (see",
        "echo --nic tap:a --address 10.0.0.2/24 --host 10.0.0.2/8 --port 7 | vireo echo: --host 10.0.0.2/8 is also --address",
        "echo --nic tap:a --address 10.0.0.2/24 --host 10.0.1.1/24 --port 7 | vireo echo: --host 10.0.1.1/24 is not on the link of --address 10.0.0.2/24",
        "echo --nic tap:a --address 10.0.0.2/24 --gateway 10.0.1.1 --port 7 | vireo echo: --gateway 10.0.1.1 is not on the link of --address 10.0.0.2/24",
        "echo --nic tap:a --address 10.0.0.2/24 --gateway 10.0.0.2 --port 7 | vireo echo: --gateway 10.0.0.2 is our own",
        "echo --nic tap:a --address 10.0.0.2/24 --port 7 --fast | vireo echo: Unknown option: '--fast'",
        "echo --nic tap:a --port 7 | vireo echo: --nic tap:a needs --address A/P",
        "echo --nic xdp:a --host 10.0.0.1/24 --port 7 | vireo echo: --host is for TAP devices: xdp:a has its addresses already",
        "echo --nic xdp:a --gateway 10.0.0.1 --port 7 | vireo echo: --gateway needs --address: without it the kernel's routes are used",
        "echo --nic xdp:a/b --port 7 | vireo echo: --nic: interface name \"a/b\"",
        "echo --nic efvi:a --host 10.0.0.1/24 --port 7 | vireo echo: --host is for TAP devices: efvi:a has its addresses already",
        "nc --nic pcap:eth0 --address 10.0.0.2/24 10.0.0.1 7 | vireo nc: --nic pcap:eth0: there are tap:NAME, xdp:NAME[:QUEUE] and efvi:NAME",
        "http --nic tap: --address 10.0.0.2/24 --port 7 | vireo http: --nic: interface name \"\"",
        "http --nic tap:a/b --address 10.0.0.2/24 --port 7 | vireo http: --nic: interface name \"a/b\"",
        "nc --nic tap:a --address 10.0.0.2/24 10.0.0.1 | vireo nc: Missing required parameter: 'PORT'",
        "nc --nic tap:a --address 10.0.0.2/24 10.0.0.1 65536 | vireo nc: PORT is 65536, must be 1 to 65535",
        "pingpong --nic tap:a --address 10.0.0.2/24 --size 0 10.0.0.1 7 | vireo pingpong: --size is 0, must be 1 to",
        "pingpong --nic tap:a --address 10.0.0.2/24 --count -1 10.0.0.1 7 | vireo pingpong: --count is -1, must be 1 to",
        "send --nic tap:a --address 10.0.0.2/24 --bytes 0 10.0.0.1 7 | vireo send: --bytes is 0, must be 1 to",
        "send --nic tap:a --address 10.0.0.2/24 --seconds 0 10.0.0.1 7 | vireo send: --seconds is 0, must be 1 to",
        "sink --nic none --address 10.0.0.2/24 --cc newreno --port 7 | vireo sink: --nic none: there are tap:NAME, xdp:NAME[:QUEUE] and efvi:NAME",
        "echo --nic none --address 10.0.0.2/24 --cc vegas --port 7 | vireo echo: Invalid value for option '--cc': \"vegas\", must be cubic, newreno or none",
        "demo now | vireo demo: 'now' is one argument too many",
      })
  void refusesWrongArgumentsInOneLine(String args, String beginning) {
    assertEquals(2, run(args.isEmpty() ? new String[0] : args.split(" ")));
    assertEquals("", out.toString());
    assertEquals(1, err.toString().lines().count(), err::toString);
    assertTrue(err.toString().startsWith(beginning), err::toString);
    assertTrue(err.toString().endsWith(" --help)" + System.lineSeparator()), err::toString);
  }

  @Test
  void emptyHostIsRefused() {
    assertEquals(2, run("nc", "--nic", "tap:a", "--address", "10.0.0.2/24", "", "7"));
    assertEquals("vireo nc: HOST is empty (see vireo nc --help)", err.toString().strip());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"demo", "http", "echo", "discard", "count", "nc", "pingpong", "send", "sink"})
  void everyCommandHasHelp(String command) {
    assertEquals(0, run(command, "--help"));
    assertTrue(out.toString().startsWith("Usage: vireo " + command), out::toString);
    assertTrue(out.toString().contains("Exit status:"), out::toString);
    assertEquals("", err.toString());
  }

  @Test
  void helpNamesTheCommands() {
    assertEquals(0, run("--help"));
    for (String command :
        List.of("demo", "http", "echo", "discard", "count", "nc", "pingpong", "send", "sink")) {
      assertTrue(out.toString().contains("\n  " + command + " "), out::toString);
    }
  }

  @Test
  void tellsItsVersion() {
    assertEquals(0, run("--version"));
    assertTrue(out.toString().matches("vireo \\d+\\.\\d+\\.\\d+\\S*\\R"), out::toString);
  }

  @Test
  void unknownHostIsOneLineAndNoFaultOfTheArguments() {
    assertEquals(1, run("nc", "--nic", "tap:a", "--address", "10.0.0.2/24", "nobody.invalid", "7"));
    assertEquals(
        "vireo nc: nobody.invalid: no host of this name is known",
        err.toString().strip());
  }
}
