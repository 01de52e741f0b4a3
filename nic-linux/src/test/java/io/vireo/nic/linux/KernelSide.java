// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import static io.vireo.nic.linux.SystemCalls.check;

import io.vireo.nic.FarEnd;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * The far end of a TAP: a raw packet socket on the kernel's side, which sends frames as they are
 * and receives those of one ethernet type (0x88B5, for experiments; the kernel sends none of it).
 */
public final class KernelSide implements AutoCloseable {
  /** The type of the frames that {@link #frame} makes. */
  public static final int ETHER_TYPE = 0x88B5;

  private static final int AF_PACKET = 17;
  private static final int SOCK_RAW = 3;
  private static final int SOCK_NONBLOCK = 0x800;
  private static final int ENETDOWN = 100;
  private static final int SOCKADDR_LL_BYTES = 20;
  private static final int HEADER_BYTES = 14;
  private static final int LARGEST_FRAME = 65_600;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVBUFFORCE = 33;
  private static final int ROOM_BYTES = 4 << 20;

  private final int socket;
  private final ByteBuffer memory = LibC.structure(LARGEST_FRAME);

  /** Binds to an interface of this thread's network. */
  public KernelSide(String interfaceName) throws IOException {
    int index = RouteNetlink.interfaceIndex(interfaceName);
    socket = (int) check(
        LibC.functions().socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | LibC.SOCK_CLOEXEC, 0),
        "socket");
    ByteBuffer address = LibC.structure(SOCKADDR_LL_BYTES);
    address.putShort(0, (short) AF_PACKET);
    address.putShort(2, Short.reverseBytes((short) ETHER_TYPE));
    address.putInt(4, index);
    // All that a NIC can send at once is to find room.
    ByteBuffer room = LibC.structure(Integer.BYTES).putInt(0, ROOM_BYTES);
    check(
        LibC.functions()
            .setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, LibC.addressOf(room), Integer.BYTES),
        "SO_RCVBUFFORCE");
    check(LibC.functions().bind(socket, LibC.addressOf(address), SOCKADDR_LL_BYTES), "bind");
  }

  /** A frame for the test: broadcast, then bytes that count up from its number. */
  public static byte[] frame(int number, int bytes) {
    byte[] frame = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      frame[i] = (byte) (i < 6 ? 0xFF : i == 6 ? 2 : i < HEADER_BYTES - 2 ? 0 : number + i);
    }
    frame[HEADER_BYTES - 2] = (byte) (ETHER_TYPE >>> 8);
    frame[HEADER_BYTES - 1] = (byte) ETHER_TYPE;
    return frame;
  }

  /** Sends a frame towards the NIC. */
  public void send(byte[] frame) throws IOException {
    check(trySend(frame), "send of " + frame.length + " bytes");
  }

  /** Sends a frame towards the NIC, which may refuse it. Returns a negative number if so. */
  public long trySend(byte[] frame) {
    memory.put(0, frame);
    return LibC.functions().write(socket, LibC.addressOf(memory), frame.length);
  }

  /** Takes the next frame that the NIC sent, or null. */
  public byte[] receive() {
    long length = read();
    if (length < 0 && LibC.errno() == ENETDOWN) {
      length = read(); // once after the link was down
    }
    if (length < 0) {
      return null;
    }
    byte[] frame = new byte[(int) length];
    memory.get(0, frame);
    return frame;
  }

  private long read() {
    return LibC.functions().read(socket, LibC.addressOf(memory), LARGEST_FRAME);
  }

  /** This as the far end of a NIC under test. Frames are taken from the socket whenever there is occasion: its buffer holds some thousand. */
  public FarEnd farEnd(Runnable onClose) {
    Queue<byte[]> arrived = new ArrayDeque<>();
    return new FarEnd() {
      @Override
      public void inject(byte[] frame) {
        drain();
        try {
          send(frame);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }

      @Override
      public byte[] collect() {
        drain();
        return arrived.poll();
      }

      private void drain() {
        for (byte[] frame = receive(); frame != null; frame = receive()) {
          arrived.add(frame);
        }
      }

      @Override
      public void settle() {} // frames arrive while they are sent

      @Override
      public void close() {
        KernelSide.this.close();
        onClose.run();
      }
    };
  }

  @Override
  public void close() {
    LibC.functions().close(socket);
  }
}
