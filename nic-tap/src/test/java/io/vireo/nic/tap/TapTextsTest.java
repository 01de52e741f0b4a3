// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.tap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused before any device is asked. */
class TapTextsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"", "sixteen-bytes-xx", "a b", "a/b", "a:b", "tap%d", ".", "..", "fünfzehnstellen"
      })
  void namesThatTheKernelDoesNotTakeAreRefused(String name) {
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> TapNic.open(name).close());
    assertEquals(
        "interface name \"" + name
            + "\": a name has 1 to 15 bytes, and no space, slash, colon or per cent sign among them",
        refusal.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "10.77.0.1",
        "10.77.0.1/",
        "10.77.0.1/33",
        "10.77.0.1/-1",
        "10.77.0.1/24/1",
        "10.77.0/24",
        "10.77.0.256/24",
        "10.77.0.1.2/24",
        "010.77.0.1/24",
        "10.77.0.1 /24",
        "host/24",
        "10.77.0.1/2a",
        "10.77..1/24",
        "::1/64"
      })
  void addressesThatAreNoneAreRefused(String address) {
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> TapHost.address("vireo0", address));
    assertEquals(
        "\"" + address + "\" is no IPv4 address with a prefix length (0 to 32), as in 10.77.0.1/24",
        refusal.getMessage());
  }

  @Test
  void nativeLibraryThatDoesNotLoadIsRefused() throws Exception {
    Process java = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Djffi.extract.dir=/proc/nowhere",
            "-cp",
            System.getProperty("java.class.path"),
            Opener.class.getName())
        .redirectErrorStream(true)
        .start();
    String output = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(
        "no access to interface vireo0, because jnr-ffi cannot load its native library: allow native access"
            + " (--enable-native-access=ALL-UNNAMED), and let -Djffi.extract.dir name a directory that is writable and"
            + " not mounted noexec",
        output.strip());
  }

  /** A program that prints why it cannot open a TAP. */
  static final class Opener {
    private Opener() {}

    public static void main(String... arguments) {
      try {
        TapNic.open("vireo0").close();
      } catch (IOException e) {
        System.out.println(e.getMessage());
      }
    }
  }
}
