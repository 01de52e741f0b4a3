// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi.ciul;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.Type;
import io.vireo.api.HotPath;
import io.vireo.nic.linux.LibC;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A struct ef_vi: a queue of a card as libciul sees it, and the calls that are made for each frame. The library issues the barriers; what was stored before a call is there for
 * the card.
 */
public final class VirtualInterface {
  /** {@link #receiveInit}, {@link #transmitInit}: the ring is full. */
  public static final int FULL = -11;

  /** RX_DISCARD instead of RX for frames with wrong IPv4 or TCP checksums. */
  public static final int DISCARDS_BAD_CHECKSUMS = 1 | 2;

  /** Where a struct ef_vi has its pointer to what CTPIO writes into; the same in all releases since 8.1. */
  static final int CTPIO_APERTURE = 96;

  /** How many ids one event can stand for. */
  private static final int MOST_IDS = 64;

  /** At most so many events are taken at a time. */
  public static final int BATCH = 32;

  private static final Invoker INVOKER = Invoker.getInstance();
  private static final CallContext ONE = context(1);
  private static final CallContext THREE = context(3);
  private static final CallContext FOUR = context(4);
  private static final CallContext FIVE = context(5);

  private final Libciul.Functions functions;
  private final ViLayout layout;
  private final ByteBuffer memory = LibC.structure(ViLayout.VI_BYTES);
  private final long address = LibC.addressOf(memory);
  private final ByteBuffer events = LibC.structure(BATCH * Event.BYTES);
  private final long eventsAddress = LibC.addressOf(events);
  private final ByteBuffer ids = LibC.structure(MOST_IDS * Integer.BYTES);
  private final long idsAddress = LibC.addressOf(ids);
  private final ByteBuffer length = LibC.structure(Long.BYTES);
  private final long lengthAddress = LibC.addressOf(length);

  private long transmitPush;
  private long transmitvInit;
  private long transmitvCtpio;
  private long ctpioFallback;
  private long receiveInit;
  private long receivePush;
  private long eventqPoll;
  private boolean verifiesChecksums;

  /** Of zeroes; it is set up by whoever has the address, and then {@link #bind}. */
  public VirtualInterface(Libciul library, ViLayout layout) {
    functions = library.functions();
    this.layout = layout;
  }

  private static CallContext context(int arguments) {
    Type[] types = new Type[arguments];
    Arrays.fill(types, Type.SINT64);
    return CallContext.getCallContext(Type.SINT64, types, CallingConvention.DEFAULT, false);
  }

  /** The struct has been set up: its operations are there. */
  public void bind() {
    transmitPush = operation(Ops.TRANSMIT_PUSH);
    transmitvInit = operation(Ops.TRANSMITV_INIT);
    transmitvCtpio = operation(Ops.TRANSMITV_CTPIO);
    ctpioFallback = operation(Ops.CTPIO_FALLBACK);
    receiveInit = operation(Ops.RECEIVE_INIT);
    receivePush = operation(Ops.RECEIVE_PUSH);
    eventqPoll = operation(Ops.EVENTQ_POLL);
    long discards = operation(Ops.RECEIVE_GET_DISCARDS);
    verifiesChecksums = discards != 0
        && (INVOKER.invokeL1NoErrno(ONE, discards, address) & DISCARDS_BAD_CHECKSUMS)
            == DISCARDS_BAD_CHECKSUMS;
  }

  private long operation(Ops op) {
    return layout.operation(memory, op);
  }

  /** Whether it can do what a NIC of the stack needs. */
  public boolean isComplete() {
    return transmitPush != 0
        && transmitvInit != 0
        && receiveInit != 0
        && receivePush != 0
        && eventqPoll != 0;
  }

  /** Whether it can send through CTPIO: the operations are there in any case, what they write into is not. */
  public boolean hasCtpio() {
    return transmitvCtpio != 0 && ctpioFallback != 0 && memory.getLong(CTPIO_APERTURE) != 0;
  }

  /** Whether every frame received is one whose IPv4 and TCP checksums are right, if it has them. */
  public boolean verifiesChecksums() {
    return verifiesChecksums;
  }

  /** Where the struct is. */
  public long address() {
    return address;
  }

  ByteBuffer memory() {
    return memory;
  }

  // ---- Events

  /** Takes the next events; returns how many. They are there until the next call. */
  @HotPath
  public int poll() {
    return (int) INVOKER.invokeL3NoErrno(THREE, eventqPoll, address, eventsAddress, BATCH);
  }

  /** Of one of the events taken last. */
  @HotPath
  public long firstHalf(int event) {
    return events.getLong(event * Event.BYTES);
  }

  /** Of one of the events taken last. */
  @HotPath
  public long secondHalf(int event) {
    return events.getLong(event * Event.BYTES + Long.BYTES);
  }

  /** Of a TX event: how many frames left; {@link #id} says which. */
  @HotPath
  public int unbundleSent(int event) {
    return functions.ef_vi_transmit_unbundle(
        address, eventsAddress + (long) event * Event.BYTES, idsAddress);
  }

  /** Of an RX_MULTI or RX_MULTI_DISCARD event: how many buffers; {@link #id} says which. */
  public int unbundleReceived(int event) {
    return functions.ef_vi_receive_unbundle(
        address, eventsAddress + (long) event * Event.BYTES, idsAddress);
  }

  /** One of those unbundled last. */
  @HotPath
  public int id(int i) {
    return ids.getInt(i * Integer.BYTES);
  }

  /** Bytes of the frame in a buffer of an RX_MULTI event, without prefix; as its prefix says. */
  public int receivedBytes(long bufferAddress) {
    int unused = functions.ef_vi_receive_get_bytes(address, bufferAddress, lengthAddress);
    return length.getShort(0) & 0xFFFF;
  }

  /** Has the driver's descriptor become readable with the next event. */
  public void prime(int driver) {
    int unused = functions.ef_vi_prime(address, driver, currentEvent());
  }

  /** ef_eventq_current: bytes of events that were taken, or rather the low bits of that. The state begins with it. */
  int currentEvent() {
    long state = memory.getLong(layout.eventState());
    return com.kenai.jffi.MemoryIO.getInstance().getInt(state);
  }

  // ---- Receiving

  /** Queues a buffer to receive into, for {@link #receivePush}. Returns 0 or FULL. */
  @HotPath
  public int receiveInit(long dmaAddress, int id) {
    return (int) INVOKER.invokeL3NoErrno(THREE, receiveInit, address, dmaAddress, id);
  }

  /** Gives the card what was queued: multiples of eight. */
  @HotPath
  public void receivePush() {
    long unused = INVOKER.invokeL1NoErrno(ONE, receivePush, address);
  }

  // ---- Sending

  /** Queues a frame, for {@link #transmitPush}. Returns 0 or FULL. */
  @HotPath
  public int transmitInit(long dmaAddress, int bytes, int id) {
    return functions.ef_vi_transmit_init(address, dmaAddress, bytes, id);
  }

  /** Queues a frame that lies in several pages: {@code pieces} entries of ef_iovec. */
  @HotPath
  public int transmitvInit(long pieces, int count, int id) {
    return (int) INVOKER.invokeL4NoErrno(FOUR, transmitvInit, address, pieces, count, id);
  }

  /** Gives the card what was queued. */
  @HotPath
  public void transmitPush() {
    long unused = INVOKER.invokeL1NoErrno(ONE, transmitPush, address);
  }

  /**
   * Writes a frame into the card at once: {@code pieces} entries of struct iovec. {@link #ctpioFallback} must follow.
   *
   * @param threshold bytes after which the card begins to send; 0xffff: all of them
   */
  @HotPath
  public void transmitCtpio(int bytes, long pieces, int count, int threshold) {
    long unused =
        INVOKER.invokeL5NoErrno(FIVE, transmitvCtpio, address, bytes, pieces, count, threshold);
  }

  /** What is to leave instead, should the card not have taken the frame; its completion comes in either case. Returns 0 or FULL. */
  @HotPath
  public int ctpioFallback(long dmaAddress, int bytes, int id) {
    return (int) INVOKER.invokeL4NoErrno(FOUR, ctpioFallback, address, dmaAddress, bytes, id);
  }
}
