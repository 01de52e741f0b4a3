// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.lab;

import io.vireo.api.HotPath;
import io.vireo.nic.Nic;
import io.vireo.nic.NicCounter;
import io.vireo.nic.NicFeatures;
import io.vireo.nic.NicStatus;
import io.vireo.nic.NicTwin;
import io.vireo.nic.ReceivedFrame;
import io.vireo.time.NanoClock;
import java.io.IOException;
import java.nio.ByteBuffer;

/** One end of a {@link MemoryWire}. */
final class WireEnd implements Nic {
  private final long macAddress;
  private final NicFeatures features;
  private final WireSettings settings;
  private final NanoClock clock;
  private final WireLane out;
  private final WireLane in;
  private WireEnd peer;
  private int mtu;
  private boolean up = true;
  private IOException failure;
  private long current = EMPTY;

  private long framesReceived;
  private long framesSent;
  private long receiveOversize;
  private long sendFailed;
  private long transmitFull;

  WireEnd(long macAddress, WireSettings settings, NanoClock clock, WireLane out, WireLane in) {
    boolean offload = settings.checksumOffload();
    this.macAddress = macAddress;
    this.settings = settings;
    this.clock = clock;
    this.features = new NicFeatures(settings.slots(), settings.slotBytes(), offload, offload);
    this.out = out;
    this.in = in;
    this.mtu = settings.mtu();
  }

  void connect(WireEnd peer) {
    this.peer = peer;
  }

  void linkUp(boolean up) {
    this.up = up && failure == null && peer.failure == null;
  }

  void mtu(int mtu) {
    this.mtu = mtu;
  }

  /** Ends this end; to the peer the link goes down, with all its slots free. */
  void fail(IOException cause) {
    if (failure == null) {
      failure = cause;
      linkUp(false);
      peer.linkUp(false);
      in.discard();
    }
  }

  @Override
  public ByteBuffer receiveMemory() {
    return in.memory;
  }

  @Override
  @HotPath
  public long receive() {
    assert current == EMPTY : "the current frame has not been released";
    if (failure != null) {
      return EMPTY;
    }
    long frame = in.receive();
    while (frame != EMPTY && ReceivedFrame.length(frame) > MemoryWire.ETHERNET_HEADER_BYTES + mtu) {
      receiveOversize++;
      in.release(frame);
      frame = in.receive();
    }
    if (frame != EMPTY) {
      framesReceived++;
    }
    current = frame;
    return frame;
  }

  @Override
  @HotPath
  public void release() {
    assert current != EMPTY : "there is no current frame";
    in.release(current);
    current = EMPTY;
  }

  @Override
  public int receiveSegmentSize() {
    return 0;
  }

  @Override
  public long receiveTimestampNs() {
    assert current != EMPTY : "there is no current frame";
    return in.lastArrivalNs();
  }

  @Override
  public ByteBuffer transmitMemory() {
    return out.memory;
  }

  @Override
  @HotPath
  public int claim(int bytes) {
    assert bytes >= 0 && bytes <= features.largestFrame() : bytes;
    int offset = failure != null ? FULL : out.claim();
    if (offset == FULL) {
      transmitFull++;
    }
    return offset;
  }

  @Override
  @HotPath
  public void abandon(int offset) {
    out.abandon(offset);
  }

  @Override
  @HotPath
  public void transmit(int offset, int length, int segmentSize, int flags) {
    assert length >= MemoryWire.ETHERNET_HEADER_BYTES && length <= features.largestFrame() : length;
    assert segmentSize == 0 : "this wire does not cut frames up";
    assert flags == 0 || (flags == FILL_CHECKSUMS && features.fillsChecksums()) : flags;
    if (!up) {
      sendFailed++;
      out.abandon(offset);
      return;
    }
    // The checksums that a card would have filled in, the card at the other end would have found
    // right.
    int received = flags == FILL_CHECKSUMS ? ReceivedFrame.CHECKSUMS_VERIFIED : 0;
    out.queue(offset, length, received);
  }

  @Override
  @HotPath
  public void ring() {
    framesSent += out.ring();
  }

  @Override
  public void await(long maxWaitNs) {
    // Nothing can change while the only thread sleeps.
  }

  @Override
  public void wakeup() {}

  @Override
  public long nextFrameNs() {
    return in.nextArrivalNs();
  }

  @Override
  public NicTwin openTwin() {
    MemoryWire wire = new MemoryWire(clock, settings.withMtu(mtu).withDelayNs(0));
    return new WireTwin(wire.left(), wire.right());
  }

  @Override
  public NicFeatures features() {
    return features;
  }

  @Override
  public long macAddress() {
    return macAddress;
  }

  @Override
  public int mtu() {
    return mtu;
  }

  @Override
  public NicStatus status() {
    if (failure != null) {
      return NicStatus.FAILED;
    }
    return up ? NicStatus.UP : NicStatus.DOWN;
  }

  @Override
  public IOException failure() {
    return failure;
  }

  @Override
  public long counter(NicCounter counter) {
    return switch (counter) {
      case FRAMES_RECEIVED -> framesReceived;
      case FRAMES_SENT -> framesSent;
      case RECEIVE_OVERSIZE -> receiveOversize;
      case SEND_FAILED -> sendFailed;
      case TRANSMIT_FULL -> transmitFull;
      default -> 0;
    };
  }

  @Override
  public void close() {
    fail(new IOException("this end of the wire is closed"));
  }
}
