// SPDX-License-Identifier: Apache-2.0
package io.vireo.jmh;

import io.vireo.nic.linux.KernelInterface;
import io.vireo.nic.linux.NetworkPair;
import io.vireo.nic.linux.VethPair;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What connecting asks of the kernel where a stack shares its address: the way to the destination, and the MAC address of the next hop. Needs a network namespace. */
@State(Scope.Thread)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class RouteLookup {
  private static final String NEIGHBOUR = "10.9.0.2";

  /** On the link, or behind a gateway. */
  @Param({NEIGHBOUR, "192.0.2.1"})
  public String destination;

  private VethPair network;
  private KernelInterface kernel;
  private int address;
  private int nextHop;

  /** Makes the network. */
  @Setup
  public void open() throws Exception {
    network = new VethPair();
    String unused = network.near("route add default via " + NEIGHBOUR);
    unused = network.near(
        "neighbour replace " + NEIGHBOUR + " lladdr 02:00:00:00:00:02 dev " + NetworkPair.NEAR);
    kernel = network.nearNetwork.call(() -> KernelInterface.open(NetworkPair.NEAR));
    address = ByteBuffer.wrap(InetAddress.getByName(destination).getAddress()).getInt();
    nextHop = (int) (kernel.route(address) >>> Integer.SIZE);
    if (kernel.neighbour(nextHop) < 0) {
      throw new IllegalStateException("no way to " + destination);
    }
  }

  /** Gives all back. */
  @TearDown
  public void close() {
    kernel.close();
    network.close();
  }

  /** Asks the kernel; the median counts. */
  @Benchmark
  @BenchmarkMode(Mode.SampleTime)
  public long route() {
    return kernel.route(address);
  }

  /** Looks at what the kernel has announced. */
  @Benchmark
  @BenchmarkMode(Mode.AverageTime)
  public long neighbour() {
    return kernel.neighbour(nextHop);
  }
}
