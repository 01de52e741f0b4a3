// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi.ciul;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.Type;
import io.vireo.nic.linux.LibC;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** The calls into libciul that a frame needs, and nothing else: what a NIC is measured against. Called in the same way as {@link VirtualInterface} does. */
public final class BareVi {
  private static final int MOST_IDS = 64;
  private static final Invoker INVOKER = Invoker.getInstance();
  private static final CallContext ONE = context(1);
  private static final CallContext THREE = context(3);
  private static final CallContext FOUR = context(4);
  private static final CallContext FIVE = context(5);

  private final Libciul.Functions functions;
  private final long address;
  private final ByteBuffer events = LibC.structure(VirtualInterface.BATCH * Event.BYTES);
  private final long eventsAddress = LibC.addressOf(events);
  private final ByteBuffer ids = LibC.structure(MOST_IDS * Integer.BYTES);
  private final long idsAddress = LibC.addressOf(ids);
  private final long transmitPush;
  private final long transmitvCtpio;
  private final long ctpioFallback;
  private final long receiveInit;
  private final long receivePush;
  private final long eventqPoll;

  /** Calls what {@code vi} is bound to. */
  public BareVi(Libciul library, ViLayout layout, VirtualInterface vi) {
    functions = library.functions();
    address = vi.address();
    transmitPush = layout.operation(vi.memory(), Ops.TRANSMIT_PUSH);
    transmitvCtpio = layout.operation(vi.memory(), Ops.TRANSMITV_CTPIO);
    ctpioFallback = layout.operation(vi.memory(), Ops.CTPIO_FALLBACK);
    receiveInit = layout.operation(vi.memory(), Ops.RECEIVE_INIT);
    receivePush = layout.operation(vi.memory(), Ops.RECEIVE_PUSH);
    eventqPoll = layout.operation(vi.memory(), Ops.EVENTQ_POLL);
  }

  private static CallContext context(int arguments) {
    Type[] types = new Type[arguments];
    Arrays.fill(types, Type.SINT64);
    return CallContext.getCallContext(Type.SINT64, types, CallingConvention.DEFAULT, false);
  }

  /** Returns how many events. */
  public int poll() {
    return (int)
        INVOKER.invokeL3NoErrno(THREE, eventqPoll, address, eventsAddress, VirtualInterface.BATCH);
  }

  /** Returns 0, or a negative errno. */
  public int receiveInit(long dmaAddress, int id) {
    return (int) INVOKER.invokeL3NoErrno(THREE, receiveInit, address, dmaAddress, id);
  }

  public void receivePush() {
    long unused = INVOKER.invokeL1NoErrno(ONE, receivePush, address);
  }

  /** Returns 0, or a negative errno. */
  public int transmitInit(long dmaAddress, int bytes, int id) {
    return functions.ef_vi_transmit_init(address, dmaAddress, bytes, id);
  }

  public void transmitPush() {
    long unused = INVOKER.invokeL1NoErrno(ONE, transmitPush, address);
  }

  /** {@code pieces}: an iovec. */
  public void transmitCtpio(int bytes, long pieces, int threshold) {
    long unused =
        INVOKER.invokeL5NoErrno(FIVE, transmitvCtpio, address, bytes, pieces, 1, threshold);
  }

  /** Returns 0, or a negative errno. */
  public int ctpioFallback(long dmaAddress, int bytes, int id) {
    return (int) INVOKER.invokeL4NoErrno(FOUR, ctpioFallback, address, dmaAddress, bytes, id);
  }

  /** Of the first event taken last; returns how many frames left. */
  public int unbundle() {
    return functions.ef_vi_transmit_unbundle(address, eventsAddress, idsAddress);
  }
}
