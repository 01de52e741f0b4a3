// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * One queue of a network card: frames are pulled in, slots for frames are claimed out. Users open and close a NIC; the
 * rest is the stack's business, and the contract for those who write a backend.
 *
 * <p>Frames are Ethernet frames without frame check sequence. A received frame stays in the NIC's own memory until
 * {@link #release()}; a frame to send is built in the NIC's own memory, in a slot from {@link #claim(int)}. All methods
 * but {@link #wakeup()} and {@link #counter} belong to the thread that polls the stack, and none allocates once warm.
 *
 * <p>A NIC that has failed for good (device deleted, adapter lost) answers EMPTY and FULL, has the status
 * {@link NicStatus#FAILED} and names the cause in {@link #failure()}. It never throws from the methods on the data path.
 */
public interface Nic extends AutoCloseable {
  /** {@link #receive()}: no frame has arrived. */
  long EMPTY = -1;

  /** {@link #claim(int)}: no slot is free. */
  int FULL = -1;

  /** {@link #nextFrameNs()}: unknown, as on every real card. */
  long UNKNOWN = Long.MAX_VALUE;

  /** The memory that {@link #receive()}'s offsets refer to: direct, big-endian, the same instance for ever. */
  ByteBuffer receiveMemory();

  /**
   * Takes the next received frame, which becomes the current one: offset, length and flags packed as {@link
   * ReceivedFrame} says, or EMPTY. At most one frame is current: release it before the next call.
   */
  long receive();

  /** Gives the current frame's memory back. */
  void release();

  /** Payload bytes per segment if the NIC merged several segments into the current frame, else 0. */
  int receiveSegmentSize();

  /** When the current frame arrived, by the NIC's clock, in nanoseconds; 0 if the NIC does not say. */
  long receiveTimestampNs();

  /** The memory that {@link #claim}'s offsets refer to: direct, big-endian, the same instance for ever. */
  ByteBuffer transmitMemory();

  /**
   * Reserves a slot for a frame of up to {@code bytes} bytes, at most {@link NicFeatures#largestFrame()}. Returns its
   * offset, or FULL. Slots are independent: up to {@link NicFeatures#transmitSlots()} may be claimed or under way, and
   * they may be transmitted or abandoned in any order. What a slot holds at first is undefined.
   */
  int claim(int bytes);

  /** Gives a claimed slot back unsent. */
  void abandon(int offset);

  /**
   * Queues the frame of {@code length} bytes in the claimed slot; it belongs to the NIC from now on. Frames leave in the
   * order of these calls, at the latest with the next {@link #ring()}.
   *
   * @param segmentSize payload bytes per segment if the NIC is to cut the frame up; 0: one frame
   * @param flags {@link #FILL_CHECKSUMS} or 0
   */
  void transmit(int offset, int length, int segmentSize, int flags);

  /** {@link #transmit} flag: the NIC fills in the IPv4 and TCP checksums; only if {@link NicFeatures#fillsChecksums()}. */
  int FILL_CHECKSUMS = 1;

  /** Rings the doorbell for what was queued: one call for many frames. */
  void ring();

  /**
   * Sleeps until a frame may be there, {@link #wakeup()} was called (since the last await: wake-ups are sticky), {@code
   * maxWaitNs} nanoseconds have passed, or the NIC failed. May return early. An interrupt ends it and stays set.
   */
  void await(long maxWaitNs);

  /** Ends the present {@link #await}, or else the next one. Any thread; a system call only while the owner sleeps. */
  void wakeup();

  /** When the next frame known to be under way will be ready to receive, by the shared clock; only simulated NICs know. */
  default long nextFrameNs() {
    return UNKNOWN;
  }

  /** The kernel's side of a NIC whose addresses are the kernel's; null: the stack has addresses of its own, and hears all that comes for them. */
  default HostNetwork host() {
    return null;
  }

  /**
   * Opens a NIC of the same classes that reaches nothing but this process, with the properties that this one has at present. Any thread may call it; this NIC is not touched.
   *
   * @throws IOException if that fails; the message says why, and what helps
   * @throws UnsupportedOperationException this kind of NIC has no twins
   */
  default NicTwin openTwin() throws IOException {
    throw new UnsupportedOperationException(getClass().getSimpleName() + " has no twins");
  }

  /** What the queue can do; constant. */
  NicFeatures features();

  /** The MAC address, in the low 48 bits, first octet highest. */
  long macAddress();

  /** Bytes of network-layer packet per frame (1500 on plain Ethernet). Read again by the stack now and then: it may change. */
  int mtu();

  /** Whether frames can pass at present. */
  NicStatus status();

  /** Why the status is FAILED: what was tried, on which device, the error's name, what to do. Null otherwise. */
  IOException failure();

  /** Present value, 0 at start. Any thread; another thread may see it late. */
  long counter(NicCounter counter);

  /** Closes the queue and gives its memory back. Idempotent; after it the NIC is EMPTY and FULL, and wakeup does nothing. */
  @Override
  void close();
}
