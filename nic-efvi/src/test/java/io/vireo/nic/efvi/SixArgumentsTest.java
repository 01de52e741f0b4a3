// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.testing.NeedsProgram;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Of exactly six integer arguments, all of them primitive, jnr-ffi passes garbage for the last on x86-64; one Pointer among them is the cure. ef_memreg_alloc and ef_filter_spec_set_ip4_full are such
 * functions: a release of jnr-ffi for which the cure fails must not get through.
 */
@NeedsProgram("cc")
class SixArgumentsTest {
  /** As libciul's are declared here. */
  public interface Functions {
    long six(Pointer a, int b, int c, int d, int e, int f);

    long registration(long a, int b, long c, int d, Pointer e, long f);
  }

  private static final String SOURCE = """
      long six(void* a, int b, int c, int d, int e, int f) {
        return (long)a + 10L * b + 100L * c + 1000L * d + 10000L * e + 100000L * f;
      }
      long registration(void* a, int b, void* c, int d, void* e, unsigned long f) {
        return (long)a + 10L * b + 100L * (long)c + 1000L * d + 10000L * (long)e + 100000L * (long)f;
      }
      """;

  @Test
  void theSixthArgumentArrives(@TempDir Path directory) throws Exception {
    Path source = Files.writeString(directory.resolve("six.c"), SOURCE);
    Path library = directory.resolve("libsix.so");
    Process compiler = new ProcessBuilder(
            "cc", "-shared", "-fPIC", "-o", library.toString(), source.toString())
        .redirectErrorStream(true)
        .start();
    String output = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    compiler.waitFor(1, TimeUnit.MINUTES);
    assertEquals(0, compiler.exitValue(), output);
    Functions functions =
        LibraryLoader.create(Functions.class).failImmediately().load(library.toString());
    Runtime runtime = Runtime.getRuntime(functions);
    for (int round = 0; round < 20_000; round++) { // compiled, too
      assertEquals(654_321, functions.six(Pointer.wrap(runtime, 1), 2, 3, 4, 5, 6));
      assertEquals(654_321, functions.registration(1, 2, 3, 4, Pointer.wrap(runtime, 5), 6));
    }
  }
}
