// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.xdp;

import io.vireo.nic.linux.Errno;
import io.vireo.nic.linux.LibC;
import io.vireo.nic.linux.MappedMemory;
import io.vireo.nic.linux.SocketPair;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.locks.LockSupport;

/** An AF_XDP socket on one queue of an interface: its memory, its four rings, and the program that brings it its frames. */
final class XdpSocket {
  private static final int AF_XDP = 44;
  private static final int SOL_XDP = 283;
  private static final int XDP_MMAP_OFFSETS = 1;
  private static final int XDP_RX_RING = 2;
  private static final int XDP_TX_RING = 3;
  private static final int XDP_UMEM_REG = 4;
  private static final int XDP_UMEM_FILL_RING = 5;
  private static final int XDP_UMEM_COMPLETION_RING = 6;
  private static final int XDP_STATISTICS = 7;
  private static final long MAP_RX = 0;
  private static final long MAP_TX = 0x8000_0000L;
  private static final long MAP_FILL = 0x1_0000_0000L;
  private static final long MAP_COMPLETION = 0x1_8000_0000L;
  private static final int RING_OFFSET_BYTES = 32;
  private static final int XDP_USE_NEED_WAKEUP = 8;
  private static final int UMEM_REGISTRATION_BYTES = 32;
  private static final int SOCKET_ADDRESS_BYTES = 16;
  private static final int STATISTICS_BYTES = 48;
  private static final int RECEIVE_DROPPED = 0;
  private static final int RECEIVE_RING_FULL = 24;
  private static final int MOST_QUEUES = 1_024;
  private static final int BUSY_TRIES = 300;
  private static final long BUSY_WAIT_NS = 10_000_000L;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int FLOW_KEY_BYTES = 12;
  private static final int NONE = -1;

  private final String interfaceName;
  private final int queue;
  private final ByteBuffer statistics = LibC.structure(STATISTICS_BYTES + Integer.BYTES);
  private final long statisticsAddress = LibC.addressOf(statistics);

  private int fd = NONE;

  /** By which the kernel is called, and waited for: the socket itself, if this is no twin. */
  private int calledFd = NONE;

  /** Of a twin, who plays the kernel may hear of a call; else null. */
  private Runnable onKick;

  private int map = NONE;
  private int flows = NONE;
  private int link = NONE;
  private MappedMemory memory;
  private XdpRing receive;
  private XdpRing transmit;
  private XdpRing fill;
  private XdpRing completion;

  private XdpSocket(String interfaceName, int queue) {
    this.interfaceName = interfaceName;
    this.queue = queue;
  }

  /**
   * Opens a socket that gets frames of a queue: all of them, or only those of the flows that are steered to it.
   *
   * @param mostFlows so many flows can be steered here; 0: all frames come
   * @param chunkBytes 2,048 or 4,096
   * @param receiveChunks size of the receive and fill rings, a power of two
   * @param transmitChunks size of the transmit and completion rings, a power of two
   */
  static XdpSocket open(
      String interfaceName,
      int interfaceIndex,
      int queue,
      int mostFlows,
      int chunkBytes,
      int receiveChunks,
      int transmitChunks)
      throws IOException {
    XdpSocket socket = new XdpSocket(interfaceName, queue);
    try {
      if (mostFlows > 0) {
        socket.flows = Bpf.createMap(Bpf.HASH_MAP, FLOW_KEY_BYTES, mostFlows);
      }
      socket.makeSocket();
      socket.calledFd = socket.fd;
      socket.registerMemory(chunkBytes, (receiveChunks + transmitChunks) * chunkBytes);
      socket.makeRings(receiveChunks, transmitChunks);
      socket.bind(interfaceIndex);
      socket.attach(interfaceIndex);
      return socket;
    } catch (IOException | RuntimeException | Error e) {
      socket.close();
      throw e;
    }
  }

  /**
   * Opens a socket like this one that no frame reaches, on memory that no kernel sees: whoever plays the kernel has the other sides of the rings, and at the far end of the pair hears when the kernel is
   * called. The AF_XDP socket beneath is never bound, and tells statistics. Touches nothing of this one.
   */
  XdpSocket openTwin(
      SocketPair.End calls, int mostFlows, int chunkBytes, int receiveChunks, int transmitChunks)
      throws IOException {
    XdpSocket twin = new XdpSocket(interfaceName, queue);
    try {
      twin.calledFd = calls.take();
      if (mostFlows > 0) {
        twin.flows = Bpf.createMap(Bpf.HASH_MAP, FLOW_KEY_BYTES, mostFlows);
      }
      twin.makeSocket();
      twin.memory = MappedMemory.anonymous((receiveChunks + transmitChunks) * chunkBytes);
      twin.makeRingsOfTwin(receiveChunks, transmitChunks);
      return twin;
    } catch (IOException | RuntimeException | Error e) {
      twin.close();
      throw e;
    }
  }

  private void makeRingsOfTwin(int receiveSize, int transmitSize) throws IOException {
    int transmitAt = XdpRing.twinBytes(receiveSize, 16);
    int fillAt = transmitAt + XdpRing.twinBytes(transmitSize, 16);
    int completionAt = fillAt + XdpRing.twinBytes(receiveSize, 8);
    MappedMemory rings = MappedMemory.anonymous(completionAt + XdpRing.twinBytes(transmitSize, 8));
    receive = new XdpRing(rings, 0, receiveSize, 16);
    transmit = new XdpRing(rings, transmitAt, transmitSize, 16);
    fill = new XdpRing(rings, fillAt, receiveSize, 8);
    completion = new XdpRing(rings, completionAt, transmitSize, 8);
  }

  private void makeSocket() throws IOException {
    fd = LibC.functions().socket(AF_XDP, LibC.SOCK_RAW | LibC.SOCK_CLOEXEC, 0);
    if (fd < 0) {
      int error = LibC.errno();
      throw refuse(
          "no AF_XDP socket",
          error,
          switch (error) {
            case Errno.EAFNOSUPPORT -> "the kernel is built without it (CONFIG_XDP_SOCKETS)";
            case Errno.EPERM -> "run as root, or with CAP_NET_RAW";
            default -> "see socket(2)";
          });
    }
  }

  private void registerMemory(int chunkBytes, int bytes) throws IOException {
    memory = MappedMemory.anonymous(bytes);
    ByteBuffer registration = LibC.structure(UMEM_REGISTRATION_BYTES);
    registration.putLong(0, memory.address()).putLong(8, bytes).putInt(16, chunkBytes);
    int error = set(XDP_UMEM_REG, registration, UMEM_REGISTRATION_BYTES);
    if (error != 0) {
      throw refuse(
          "cannot register " + bytes + " bytes of memory",
          error,
          error == Errno.ENOBUFS || error == Errno.ENOMEM
              ? "raise the limit of locked memory (ulimit -l), or run with CAP_IPC_LOCK"
              : "see the kernel's documentation of AF_XDP");
    }
  }

  private void makeRings(int receiveSize, int transmitSize) throws IOException {
    setSize(XDP_UMEM_FILL_RING, receiveSize);
    setSize(XDP_UMEM_COMPLETION_RING, transmitSize);
    setSize(XDP_RX_RING, receiveSize);
    setSize(XDP_TX_RING, transmitSize);
    ByteBuffer offsets = LibC.structure(4 * RING_OFFSET_BYTES + Integer.BYTES);
    offsets.putInt(4 * RING_OFFSET_BYTES, 4 * RING_OFFSET_BYTES);
    long address = LibC.addressOf(offsets);
    if (LibC.functions()
            .getsockopt(fd, SOL_XDP, XDP_MMAP_OFFSETS, address, address + 4 * RING_OFFSET_BYTES)
        < 0) {
      throw refuse("no rings", LibC.errno(), "a kernel of 5.4 or later is needed");
    }
    receive = new XdpRing(fd, MAP_RX, offsets, 0, receiveSize, 16);
    transmit = new XdpRing(fd, MAP_TX, offsets, RING_OFFSET_BYTES, transmitSize, 16);
    fill = new XdpRing(fd, MAP_FILL, offsets, 2 * RING_OFFSET_BYTES, receiveSize, 8);
    completion = new XdpRing(fd, MAP_COMPLETION, offsets, 3 * RING_OFFSET_BYTES, transmitSize, 8);
  }

  private void setSize(int ring, int size) throws IOException {
    int error = set(ring, LibC.structure(Integer.BYTES).putInt(0, size), Integer.BYTES);
    if (error != 0) {
      throw refuse("no ring of " + size + " entries", error, "see the kernel's documentation");
    }
  }

  /** Zero-copy where the driver can; the kernel falls back by itself. */
  private void bind(int interfaceIndex) throws IOException {
    ByteBuffer address = LibC.structure(SOCKET_ADDRESS_BYTES);
    address.putShort(0, (short) AF_XDP).putShort(2, (short) XDP_USE_NEED_WAKEUP);
    address.putInt(4, interfaceIndex).putInt(8, queue);
    int error = bind(address);
    for (int i = 0; i < BUSY_TRIES && error == Errno.EBUSY; i++) {
      // Somebody may have closed his socket just now: the kernel gives the queue back later, on a
      // busy machine more than half a second.
      LockSupport.parkNanos(BUSY_WAIT_NS);
      error = bind(address);
    }
    if (error != 0) {
      throw refuse(
          "cannot bind",
          error,
          switch (error) {
            case Errno.EBUSY -> "another socket has the queue; end that program, or choose another";
            case Errno.EINVAL -> "there may be no such queue (ethtool -l " + interfaceName + ")";
            case Errno.ENETDOWN -> "bring the interface up (ip link set " + interfaceName + " up)";
            case Errno.EPERM -> "run as root, or with CAP_NET_RAW";
            default -> "see the kernel's documentation of AF_XDP";
          });
    }
  }

  private int bind(ByteBuffer address) {
    return LibC.functions().bind(fd, LibC.addressOf(address), SOCKET_ADDRESS_BYTES) < 0
        ? LibC.errno()
        : 0;
  }

  private void attach(int interfaceIndex) throws IOException {
    map = Bpf.createMap(Bpf.MAP_OF_SOCKETS, Integer.BYTES, MOST_QUEUES);
    Bpf.put(map, LibC.structure(Integer.BYTES).putInt(0, queue), fd);
    int program = Bpf.load(loadedProgram());
    link = Bpf.attach(program, interfaceIndex, Bpf.IN_DRIVER);
    if (link == -Errno.EOPNOTSUPP || link == -Errno.EINVAL) {
      link = Bpf.attach(program, interfaceIndex, Bpf.GENERIC);
    }
    LibC.functions().close(program); // the link holds it
    if (link < 0) {
      throw refuse(
          "cannot attach a program",
          -link,
          switch (-link) {
            case Errno.EBUSY, Errno.EEXIST ->
              "another one is attached (ip link show " + interfaceName
                  + "); end its owner, or take it off (ip link set " + interfaceName + " xdp off)";
            case Errno.EPERM -> "run as root, or with CAP_NET_ADMIN and CAP_BPF";
            case Errno.ERANGE, Errno.EINVAL -> "the MTU may be too large for the driver; lower it";
            default -> "see bpf(2)";
          });
    }
  }

  private ByteBuffer loadedProgram() {
    return flows == NONE ? XdpProgram.redirectingAll(map) : XdpProgram.redirectingFlows(map, flows);
  }

  private int set(int option, ByteBuffer value, int bytes) {
    return LibC.functions().setsockopt(fd, SOL_XDP, option, LibC.addressOf(value), bytes) < 0
        ? LibC.errno()
        : 0;
  }

  private IOException refuse(String what, int error, String cure) {
    return new IOException(what + " for queue " + queue + " of interface " + interfaceName + " ("
        + Errno.name(error) + "): " + cure);
  }

  // ---- For the NIC

  /** Readable while frames wait in the receive ring; below 0: it is closed. */
  int fd() {
    return calledFd;
  }

  /** All chunks; addresses in rings are offsets into this. */
  ByteBuffer memory() {
    return memory.buffer();
  }

  XdpRing receiveRing() {
    return receive;
  }

  XdpRing transmitRing() {
    return transmit;
  }

  /** Chunks to receive into. */
  XdpRing fillRing() {
    return fill;
  }

  /** Chunks that have been sent. */
  XdpRing completionRing() {
    return completion;
  }

  /** Lets the kernel send what is in the transmit ring, a batch of it. Returns 0, or errno. */
  int kick() {
    int error = LibC.functions().send(calledFd, 0, 0, MSG_DONTWAIT) < 0 ? LibC.errno() : 0;
    if (onKick != null) {
      onKick.run();
    }
    return error;
  }

  /** For who plays the kernel of a twin: what is to happen in each {@link #kick}; null: nothing. */
  void onKick(Runnable action) {
    onKick = action;
  }

  /** Lets the driver see what is in the fill ring. */
  void kickReceive() {
    long unused = LibC.functions().recv(calledFd, 0, 0, MSG_DONTWAIT);
  }

  /** Frames lost because we were slow: no chunk in the fill ring, no room in the receive ring. */
  long overruns() {
    statistics.putInt(STATISTICS_BYTES, STATISTICS_BYTES);
    if (LibC.functions()
            .getsockopt(
                fd,
                SOL_XDP,
                XDP_STATISTICS,
                statisticsAddress,
                statisticsAddress + STATISTICS_BYTES)
        < 0) {
      return 0;
    }
    return statistics.getLong(RECEIVE_DROPPED) + statistics.getLong(RECEIVE_RING_FULL);
  }

  /** From now on TCP segments to a local address and port come here: those of one peer, or with 0 and 0 of all. */
  void steer(int localAddress, int localPort, int remoteAddress, int remotePort)
      throws IOException {
    Bpf.put(flows, flowKey(localAddress, localPort, remoteAddress, remotePort), 1);
  }

  /** From now on they go to the kernel again. */
  void unsteer(int localAddress, int localPort, int remoteAddress, int remotePort) {
    Bpf.remove(flows, flowKey(localAddress, localPort, remoteAddress, remotePort));
  }

  private static ByteBuffer flowKey(
      int localAddress, int localPort, int remoteAddress, int remotePort) {
    ByteBuffer key = LibC.structure(FLOW_KEY_BYTES).order(ByteOrder.BIG_ENDIAN);
    key.putInt(0, remoteAddress).putInt(4, localAddress);
    return key.putShort(8, (short) remotePort).putShort(10, (short) localPort);
  }

  /** A ring that is mapped keeps the socket open, and its queue taken. */
  void close() {
    for (XdpRing ring : new XdpRing[] {receive, transmit, fill, completion}) {
      if (ring != null) {
        ring.unmap();
      }
    }
    receive = null;
    transmit = null;
    fill = null;
    completion = null;
    int ofTwin = calledFd == fd ? NONE : calledFd;
    for (int descriptor : new int[] {link, map, flows, fd, ofTwin}) {
      if (descriptor >= 0) {
        LibC.functions().close(descriptor);
      }
    }
    calledFd = NONE;
    link = NONE;
    map = NONE;
    flows = NONE;
    fd = NONE;
  }
}
