// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A look for frames of which there are none: by {@link EfviQueue}, and the bare call. Needs -Dvireo.libciul, and a network namespace. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class EfviPoll {
  private EfviLine line;

  /** Opens the queues. */
  @Setup
  public void open() throws Exception {
    line = new EfviLine(false);
  }

  /** Gives all back. */
  @TearDown
  public void close() {
    line.close();
  }

  /** By the NIC. */
  @Benchmark
  public long poll() {
    return line.nic.receive();
  }

  /** By eventq_poll. */
  @Benchmark
  public int pollBare() {
    return line.bare.poll();
  }
}
