// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return Bench.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
  }

  private void assertRefuses(String line, String... args) {
    err.getBuffer().setLength(0);
    assertEquals(2, run(args));
    assertEquals("vireo bench: " + line + " (see vireo bench --help)\n", err.toString());
    assertEquals("", out.toString());
  }

  @Test
  void wrongArgumentsGetOneLineAndStatus2() {
    assertRefuses("Unknown option: '--quik'", "--quik");
    assertRefuses("Unmatched argument at index 0: 'now'", "now");
    assertRefuses("Missing required parameter for option '--out' (DIR)", "--out");
  }

  @Test
  void fileInPlaceOfADirectoryIsRefused(@TempDir Path directory) throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    assertRefuses("--out: " + file + " is not a directory", "--out", file.toString());
  }

  @Test
  void helpSaysWhatThereIs() {
    assertEquals(0, run("--help"));
    String help = out.toString();
    assertTrue(help.contains("--quick"), help);
    assertTrue(help.contains("--out=DIR"), help);
    assertTrue(help.contains("Exit status:"), help);
  }

  @Test
  void rateIsWhatWrkSays() throws IOException {
    List<String> printed =
        List.of("Running 1s test", "Requests/sec:  98765.43", "Transfer/sec: 1MB");
    assertEquals(98_765.43, HttpLoad.rate(printed));
    assertEquals(List.of(), HttpLoad.errors(printed));
    assertThrows(IOException.class, () -> HttpLoad.rate(List.of()));
  }

  @Test
  void errorsThatWrkSawAreSaid() {
    String errors = "Socket errors: connect 0, read 3, write 0, timeout 0";
    assertEquals(List.of(errors), HttpLoad.errors(List.of("  " + errors, "Requests/sec:  1.5")));
  }

  @Test
  void millionConnectionsTakeMemory() {
    assertEquals(5, MemoryCase.populations(Effort.FULL, 16 << 10).length);
    assertEquals(4, MemoryCase.populations(Effort.FULL, 8 << 10).length);
  }
}
