// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.HostNetwork;
import io.vireo.nic.Nic;
import io.vireo.nic.NicCounter;
import io.vireo.nic.NicStatus;
import io.vireo.nic.NicTwin;
import io.vireo.nic.ReceivedFrame;
import io.vireo.testing.NeedsProgram;
import io.vireo.testing.NeedsTap;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What warm-up may rely on, of the twins of a NIC that has an interface of the kernel's beside it: each backend that has twins runs this suite. */
@NeedsTap
@NeedsProgram("ip")
@Timeout(120)
public abstract class TwinContract {
  private static final int NEAR_ADDRESS = 0x0A09_0001;
  private static final int FAR_ADDRESS = 0x0A09_0002;
  private static final int STRANGER = 0x0808_0808;
  private static final int PORT = 7;
  private static final int ROUNDS = 30_000;
  private static final int RLIMIT_NOFILE = 7;
  private static final int PAGE_BYTES = 4_096;
  private static final long HOUR_NS = 3_600_000_000_000L;

  private NetworkPair pair;
  private Nic real;
  private NicTwin twin;
  private Nic nic;
  private TwinFarEnd far;

  /** Makes the networks, and the cable. */
  protected abstract NetworkPair connectNetworks() throws Exception;

  /** Opens the NIC on the interface "near", in whose network the caller is; {@code shared}: with the kernel's addresses. */
  protected abstract Nic open(boolean shared) throws Exception;

  /** How many frames of 60 bytes the NIC holds that have arrived and were not received. */
  protected abstract int mostArrived();

  @BeforeEach
  void connect() throws Exception {
    pair = connectNetworks();
    open(false, true);
  }

  private void open(boolean shared, boolean first) throws Exception {
    if (!first) {
      twin.close();
      real.close();
    }
    real = pair.nearNetwork.call(() -> open(shared));
    twin = pair.nearNetwork.call(real::openTwin);
    nic = twin.nic();
    far = new TwinFarEnd(twin, () -> {});
  }

  @AfterEach
  void close() {
    twin.close();
    real.close();
    pair.close();
  }

  private static byte[] frame(int number, int length) {
    byte[] frame = new byte[length];
    Arrays.fill(frame, (byte) number);
    ByteBuffer.wrap(frame).putInt(0, number);
    return frame;
  }

  /** The next frame, or null. */
  private byte[] receive() {
    long frame = nic.receive();
    if (frame == Nic.EMPTY) {
      return null;
    }
    byte[] bytes = new byte[ReceivedFrame.length(frame)];
    nic.receiveMemory().get(ReceivedFrame.offset(frame), bytes);
    nic.release();
    return bytes;
  }

  /** False: there was no slot. */
  private boolean send(byte[] frame) {
    int slot = nic.claim(frame.length);
    if (slot == Nic.FULL) {
      return false;
    }
    nic.transmitMemory().put(slot, frame);
    nic.transmit(slot, frame.length, 0, 0);
    return true;
  }

  @Test
  void isOfTheSameClassesWithTheSameProperties() throws Exception {
    assertSame(real.getClass(), nic.getClass());
    assertEquals(real.features(), nic.features());
    assertEquals(real.mtu(), nic.mtu());
    assertEquals(real.macAddress(), nic.macAddress());
    assertEquals(NicStatus.UP, nic.status());
    assertNull(nic.host());
    open(true, false);
    assertSame(real.host().getClass(), nic.host().getClass());
    assertEquals(real.features(), nic.features());
  }

  @Test
  void isUpWhereTheInterfaceIsDown() throws Exception {
    pair.near("link set near down");
    twin.close();
    twin = pair.nearNetwork.call(real::openTwin);
    for (int i = 0; i < 10_000; i++) { // the interface is looked at now and then
      assertEquals(Nic.EMPTY, twin.nic().receive());
    }
    twin.nic().await(1);
    assertEquals(NicStatus.UP, twin.nic().status());
  }

  /** Against a model, with bursts of every size, many times around all rings. */
  @Test
  void nothingIsLostOrDoubledOrAltered() {
    SplittableRandom random = new SplittableRandom(1);
    Queue<byte[]> arrived = new ArrayDeque<>();
    Queue<byte[]> sent = new ArrayDeque<>();
    long refused = 0;
    for (int i = 0; i < ROUNDS; i++) {
      int burst = random.nextInt(8) == 0 ? random.nextInt(400) : random.nextInt(3);
      byte[] frame = frame(i, 14 + random.nextInt(1_501));
      switch (random.nextInt(4)) {
        case 0 -> {
          while (burst-- > 0 && far.tryInject(frame)) {
            arrived.add(frame);
          }
        }
        case 1 -> {
          while (burst-- > 0) {
            assertArrayEquals(arrived.poll(), receive());
          }
        }
        case 2 -> {
          while (burst-- > 0 && send(frame)) {
            sent.add(frame);
          }
          nic.ring();
          refused += burst >= 0 ? 1 : 0;
        }
        default -> {
          while (burst-- > 0) {
            assertArrayEquals(sent.poll(), far.collect());
          }
        }
      }
    }
    assertTrue(refused > 0 && nic.counter(NicCounter.TRANSMIT_FULL) == refused);
    assertEquals(0, nic.counter(NicCounter.SEND_FAILED));
    assertTrue(nic.counter(NicCounter.FRAMES_RECEIVED) > 20L * mostArrived());
    assertTrue(nic.counter(NicCounter.FRAMES_SENT) > 20L * nic.features().transmitSlots());
  }

  @Test
  void aFrameThatFindsNoRoomIsRefusedAndThoseBeforeItStay() {
    for (int round = 0; round < 10; round++) {
      int number = 0;
      while (far.tryInject(frame(number, 60))) {
        number++;
      }
      assertEquals(mostArrived(), number);
      assertFalse(far.tryInject(frame(number, 60)));
      for (int i = 0; i < number; i++) {
        assertArrayEquals(frame(i, 60), receive());
      }
      assertNull(receive());
    }
    assertFalse(far.tryInject(new byte[12_000]), "longer than the NIC has room for");
  }

  @Test
  void slotsComeBackWhenFramesAreTaken() {
    int slots = nic.features().transmitSlots();
    for (int round = 0; round < 50; round++) {
      for (int i = 0; i < slots; i++) {
        assertTrue(send(frame(i, 60)));
      }
      assertFalse(send(frame(slots, 60)));
      nic.ring();
      assertFalse(send(frame(slots, 60)));
      assertArrayEquals(frame(0, 60), far.collect());
      assertTrue(send(frame(slots, 60)));
      assertFalse(send(frame(slots, 60)));
      nic.ring();
      for (int i = 1; i <= slots; i++) {
        assertArrayEquals(frame(i, 60), far.collect());
      }
      assertNull(far.collect());
    }
  }

  @Test
  void aFrameEndsAnAwaitAndNothingElseDoes() {
    for (int round = 0; round < 20; round++) {
      for (int i = 0; i <= round; i++) {
        far.inject(frame(i, 60));
      }
      nic.await(HOUR_NS);
      for (int i = 0; i <= round; i++) {
        nic.await(HOUR_NS);
        assertArrayEquals(frame(i, 60), receive());
      }
      assertNull(receive());
      assertNull(far.collect());
      long before = System.nanoTime();
      nic.await(2_000_000);
      assertTrue(System.nanoTime() - before >= 2_000_000, "round " + round);
    }
    nic.wakeup();
    nic.await(HOUR_NS);
  }

  /** As if the frame had come while it slept: until a frame is delivered or taken, or tried to, the descriptor stays readable. */
  @Test
  void anAwaitBehindAFrameIsEndedByTheDescriptor() {
    far.inject(frame(1, 60));
    assertArrayEquals(frame(1, 60), receive());
    nic.await(HOUR_NS);
    nic.await(HOUR_NS);
    assertNull(far.collect());
    long before = System.nanoTime();
    nic.await(2_000_000);
    assertTrue(System.nanoTime() - before >= 2_000_000);
  }

  @Test
  void theRealOneIsNotTouched() throws Exception {
    try (KernelSide kernel = pair.farNetwork.call(() -> new KernelSide(NetworkPair.FAR))) {
      for (int i = 0; i < 1_000; i++) {
        far.inject(KernelSide.frame(i, 60));
        assertNotNull(receive());
        assertTrue(send(KernelSide.frame(i, 60)));
        nic.ring();
        assertNotNull(far.collect());
      }
      assertNull(kernel.receive());
      assertEquals(Nic.EMPTY, real.receive());
      for (NicCounter counter : NicCounter.values()) {
        assertEquals(0, real.counter(counter), counter.name());
      }
      twin.close();
      int slot = real.claim(60);
      real.transmitMemory().put(slot, KernelSide.frame(5, 60));
      real.transmit(slot, 60, 0, 0);
      real.ring();
      byte[] frame = kernel.receive();
      while (frame == null) {
        assertEquals(Nic.EMPTY, real.receive());
        frame = kernel.receive();
      }
      assertArrayEquals(KernelSide.frame(5, 60), frame);
    }
  }

  @Test
  void closedItIsEmptyAndFull() {
    far.inject(frame(1, 60));
    nic.close();
    assertFalse(far.tryInject(frame(2, 60)));
    assertNull(far.collect());
    assertNull(receive());
    twin.close();
    twin.close();
    assertFalse(far.tryInject(frame(2, 60)));
    assertNull(far.collect());
  }

  // ---- The kernel's addresses

  @Test
  void everyNeighbourIsTheTwins() throws Exception {
    open(true, false);
    HostNetwork host = nic.host();
    for (int address = FAR_ADDRESS; address < FAR_ADDRESS + 200; address++) {
      assertEquals(HostNetwork.UNRESOLVED, host.neighbour(address));
      host.resolve(address);
      assertEquals(0, host.drain() & HostNetwork.NEIGHBOURS);
      assertNull(far.collect());
      assertEquals(HostNetwork.NEIGHBOURS, host.drain());
      assertEquals(KernelTwin.NEIGHBOUR, host.neighbour(address));
    }
    assertEquals("", pair.near("neigh show dev near"), "the kernel was asked");
  }

  /** A neighbour that the kernel knows is the twin's as well. */
  @Test
  void theNeighboursOfTheKernelAreNotKnown() throws Exception {
    pair.near("neigh add 10.9.0.2 lladdr 02:00:00:00:00:77 dev near");
    open(true, false);
    assertEquals(0x02_00_00_00_00_77L, real.host().neighbour(FAR_ADDRESS));
    assertEquals(HostNetwork.UNRESOLVED, nic.host().neighbour(FAR_ADDRESS));
    pair.near("neigh change 10.9.0.2 lladdr 02:00:00:00:00:78 dev near");
    int unused = nic.host().drain();
    assertEquals(HostNetwork.UNRESOLVED, nic.host().neighbour(FAR_ADDRESS));
  }

  @Test
  void addressesAndRoutesAreTheKernels() throws Exception {
    pair.near("route add default via 10.9.0.9");
    open(true, false);
    HostNetwork host = nic.host();
    assertEquals(1, host.addressCount());
    assertEquals(NEAR_ADDRESS, host.address(0));
    assertEquals(24, host.prefixLength(0));
    assertEquals((long) FAR_ADDRESS << 32 | NEAR_ADDRESS, host.route(FAR_ADDRESS));
    assertEquals(0x0A09_0009L << 32 | NEAR_ADDRESS, host.route(STRANGER));
    assertEquals(HostNetwork.NO_ROUTE, host.route(NEAR_ADDRESS));
    assertEquals(0, host.receiveIcmp());
  }

  @Test
  void noPortIsTakenFromAnybody() throws Exception {
    open(true, false);
    HostNetwork host = nic.host();
    InetAddress near = InetAddress.getByAddress(new byte[] {10, 9, 0, 1});
    pair.nearNetwork.run(() -> {
      try (ServerSocket kernels = new ServerSocket(PORT, 1, near)) {
        assertEquals(PORT, host.reserve(NEAR_ADDRESS, PORT));
        assertTrue(kernels.isBound());
      }
      new ServerSocket(PORT, 1, near).close();
      assertEquals(PORT, real.host().reserve(NEAR_ADDRESS, PORT));
      assertEquals(PORT, host.reserve(NEAR_ADDRESS, PORT));
      int drawn = host.reserve(NEAR_ADDRESS, 0);
      assertNotEquals(HostNetwork.REFUSED, drawn);
      assertNotEquals(0, drawn);
      assertNotEquals(drawn, host.reserve(NEAR_ADDRESS, 0));
      host.release(PORT);
      assertEquals(PORT, host.reserve(NEAR_ADDRESS, PORT));
      assertEquals(HostNetwork.REFUSED, host.reserve(STRANGER, PORT));
    });
  }

  // ---- What it holds

  private static int descriptors() {
    return new File("/proc/self/fd").list().length;
  }

  @Test
  void givesItsDescriptorsBack() throws Exception {
    for (boolean shared : new boolean[] {false, true}) {
      open(shared, false);
      int before = descriptors();
      for (int i = 0; i < 30; i++) {
        NicTwin another = pair.nearNetwork.call(real::openTwin);
        assertTrue(descriptors() > before);
        another.close();
      }
      assertEquals(before, descriptors());
    }
  }

  /** However many descriptors there are less than it needs. */
  @Test
  void givesBackWhatItHadWhenItFails() throws Exception {
    for (boolean shared : new boolean[] {false, true}) {
      open(shared, false);
      int before = descriptors();
      int failures = 0;
      NicTwin another = openWith(failures);
      while (another == null) {
        assertEquals(before, descriptors(), "with " + failures + " descriptors");
        another = openWith(++failures);
      }
      assertTrue(failures > 4, failures + " descriptors are enough");
      another.close();
      assertEquals(before, descriptors());
    }
  }

  /** Opens a twin while the process may have so many descriptors more; null: that fails. */
  private NicTwin openWith(int more) throws Exception {
    boolean[] used = new boolean[4_096];
    for (String descriptor : new File("/proc/self/fd").list()) {
      used[Integer.parseInt(descriptor)] = true;
    }
    int limit = 0;
    for (int free = 0; free < more || used[limit]; limit++) {
      free += used[limit] ? 0 : 1;
    }
    ByteBuffer limits = LibC.structure(2 * Long.BYTES);
    long address = LibC.addressOf(limits);
    assertEquals(0, SystemCalls.CALLS.getrlimit(RLIMIT_NOFILE, address));
    long usual = limits.getLong(0);
    limits.putLong(0, limit);
    assertEquals(0, SystemCalls.CALLS.setrlimit(RLIMIT_NOFILE, address));
    try {
      return pair.nearNetwork.call(real::openTwin);
    } catch (IOException e) {
      return null;
    } finally {
      limits.putLong(0, usual);
      assertEquals(0, SystemCalls.CALLS.setrlimit(RLIMIT_NOFILE, address));
    }
  }

  /** Of the memory of frames, somebody may still look at some; when nobody can, it goes. */
  @Test
  void givesItsMemoryBack() throws Exception {
    long before = addressSpace();
    for (int i = 0; i < 100; i++) {
      pair.nearNetwork.call(real::openTwin).close();
      if (i % 10 == 0) {
        System.gc();
      }
    }
    assertTrue(addressSpace() - before < 120L << 20, "of more than 150 MiB");
  }

  private static long addressSpace() throws IOException {
    String pages = Files.readString(Path.of("/proc/self/statm")).split(" ", -1)[0];
    return Long.parseLong(pages) * PAGE_BYTES;
  }
}
