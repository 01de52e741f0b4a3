// SPDX-License-Identifier: Apache-2.0
package io.vireo.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.HotPath;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HotPathGateTest {
  @Test
  void hotMethodsOfThisModuleKeepTheRules() throws IOException {
    HotPathGate.check(Path.of("target", "classes"), Path.of("target", "figures", "hot-path.txt"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "object           | allocates java.lang.Object",
        "bytes            | allocates an array of primitives",
        "objects          | allocates java.lang.Object[]",
        "grid             | allocates an array of arrays",
        "varargs          | allocates java.lang.Object[]",
        "boxed            | boxes into java.lang.Integer",
        "lambda           | invokedynamic (a lambda, or a concatenation of strings)",
        "text             | invokedynamic (a lambda, or a concatenation of strings)",
        "constants        | copies the constants of io.vireo.gates.HotPathGateTest$Colour (values())",
        "copy             | copies an array",
        "loop             | makes an iterator",
        "stream           | uses a stream",
        "exception        | allocates java.lang.IllegalStateException",
        "rethrown         | throws (or has a finally block)",
        "locked           | synchronises",
        "afterAssertion   | allocates java.lang.Object",
      })
  void reports(String method, String fault) throws IOException {
    assertTrue(faultsOf(Faulty.class, method).contains(fault), () -> method + " was not found out");
  }

  @ParameterizedTest
  @CsvSource({"arithmetic", "assertion", "assertionWithText", "exhaustiveSwitch", "withoutCode"})
  void accepts(String method) throws IOException {
    assertEquals(List.of(), faultsOf(Clean.class, method));
  }

  @Test
  void looksAtMarkedMethodsOnly() throws IOException {
    assertEquals(List.of(), read(Unmarked.class));
  }

  @Test
  void countsTheBytesThatTheCompilerSees() throws IOException {
    assertEquals(4, method(Clean.class, "arithmetic").bytecodes()); // iload_0 iload_1 iadd ireturn
  }

  @Test
  void drawsTheLineAt325Bytes() throws IOException {
    assertEquals(324, method(Sizes.class, "largest").bytecodes());
    assertEquals(List.of(), faultsOf(Sizes.class, "largest"));
    assertEquals(325, method(Sizes.class, "tooLarge").bytecodes());
    assertEquals(
        List.of("325 bytes of bytecode, the limit is 324"), faultsOf(Sizes.class, "tooLarge"));
    assertEquals(
        List.of("3 bytes of bytecode, compiled by itself are more than 325"),
        faultsOf(Sizes.class, "tooShort"));
  }

  @Test
  void failsTheBuildAndWritesTheFigures(@TempDir Path directory) throws IOException {
    Files.write(directory.resolve("Faulty.class"), bytesOf(Faulty.class));
    Path figures = directory.resolve("figures").resolve("hot-path.txt");
    AssertionError error =
        assertThrows(AssertionError.class, () -> HotPathGate.check(directory, figures));
    assertTrue(error.getMessage().contains("Faulty.boxed(I)Ljava/lang/Object;: boxes into"));
    assertTrue(Files.readString(figures).contains("bytes io.vireo.gates.HotPathGateTest$Faulty"));
  }

  @Test
  void failsWhereNothingIsMarked(@TempDir Path directory) {
    Path figures = directory.resolve("hot-path.txt");
    assertThrows(AssertionError.class, () -> HotPathGate.check(directory, figures));
  }

  private static List<String> faultsOf(Class<?> type, String name) throws IOException {
    return method(type, name).faults();
  }

  private static HotPathGate.HotMethod method(Class<?> type, String name) throws IOException {
    return read(type).stream()
        .filter(method -> method.name().startsWith(type.getName() + "." + name + "("))
        .findFirst()
        .orElseThrow();
  }

  private static List<HotPathGate.HotMethod> read(Class<?> type) throws IOException {
    return HotPathGate.read(bytesOf(type));
  }

  private static byte[] bytesOf(Class<?> type) throws IOException {
    String resource = "/" + type.getName().replace('.', '/') + ".class";
    try (InputStream in = HotPathGateTest.class.getResourceAsStream(resource)) {
      return in.readAllBytes();
    }
  }

  enum Colour {
    RED,
    GREEN
  }

  /** One fault each. */
  @SuppressWarnings("unused")
  static final class Faulty {
    @HotPath
    static Object object() {
      return new Object();
    }

    @HotPath
    static byte[] bytes(int length) {
      return new byte[length];
    }

    @HotPath
    static Object[] objects(int length) {
      return new Object[length];
    }

    @HotPath
    static int[][] grid(int length) {
      return new int[length][length];
    }

    @HotPath
    static int varargs(Object one) {
      return java.util.Objects.hash(one, one);
    }

    @HotPath
    static Object boxed(int value) {
      return value;
    }

    @HotPath
    static IntSupplier lambda(int value) {
      return () -> value;
    }

    @HotPath
    static String text(int value) {
      return "value " + value;
    }

    @HotPath
    static int constants() {
      return Colour.values().length;
    }

    @HotPath
    static byte[] copy(byte[] bytes) {
      return bytes.clone();
    }

    @HotPath
    static int loop(List<Object> list) {
      int count = 0;
      for (Object element : list) {
        count += element.hashCode();
      }
      return count;
    }

    @HotPath
    static long stream(int[] numbers) {
      return Arrays.stream(numbers).asLongStream().sum();
    }

    @HotPath
    static int exception(int value) {
      if (value < 0) {
        throw new IllegalStateException();
      }
      return value;
    }

    @HotPath
    static int rethrown(ByteBuffer buffer) {
      try {
        return buffer.getInt(0);
      } finally {
        buffer.clear();
      }
    }

    @HotPath
    static int locked(Object lock) {
      synchronized (lock) {
        return lock.hashCode();
      }
    }

    @HotPath
    static Object afterAssertion(int value) {
      assert value > 0 : "value " + value;
      return new Object();
    }
  }

  interface Clean {
    @HotPath
    static int arithmetic(int a, int b) {
      return a + b;
    }

    @HotPath
    static int assertion(int value) {
      assert value > 0;
      return value;
    }

    @HotPath
    static int assertionWithText(int value) {
      assert value > 0
          : "value " + value + (value < -9 ? " is very small" : Integer.valueOf(value));
      return value;
    }

    @HotPath
    static int exhaustiveSwitch(Colour colour) {
      return switch (colour) {
        case RED -> 1;
        case GREEN -> 2;
      };
    }

    @HotPath
    int withoutCode();
  }

  static final class Unmarked {
    static Object object() {
      return new Object();
    }
  }

  /** Each addition is iload_0 iadd: two bytes. */
  static final class Sizes {
    @HotPath(compiledAlone = true)
    static int tooShort(int a) {
      return -a;
    }

    @HotPath
    static int largest(int a) {
      return a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
          + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
          + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
          + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
          + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
          + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
          + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
          + a + a + a + a + a + a + a + a;
    }

    @HotPath
    static int tooLarge(int a) {
      return -(a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
          + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
          + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
          + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
          + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
          + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
          + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
          + a + a + a + a + a + a + a + a);
    }
  }
}
