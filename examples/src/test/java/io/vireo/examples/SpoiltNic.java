// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import io.vireo.nic.Nic;
import io.vireo.nic.ReceivedFrame;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;

/** Lets a test look at, change or lose every frame that passes a NIC. */
final class SpoiltNic implements InvocationHandler {
  /** Sees a frame in memory[offset, offset + length), and may change it. False: it is lost. */
  @FunctionalInterface
  interface Spoiler {
    boolean pass(ByteBuffer memory, int offset, int length);
  }

  static final Spoiler NOTHING = (memory, offset, length) -> true;

  private final Nic nic;
  private final Spoiler received;
  private final Spoiler sent;

  private SpoiltNic(Nic nic, Spoiler received, Spoiler sent) {
    this.nic = nic;
    this.received = received;
    this.sent = sent;
  }

  static Nic wrap(Nic nic, Spoiler received, Spoiler sent) {
    return (Nic) Proxy.newProxyInstance(
        Nic.class.getClassLoader(), new Class<?>[] {Nic.class}, new SpoiltNic(nic, received, sent));
  }

  @Override
  public Object invoke(Object proxy, Method method, Object[] args) throws Throwable {
    if (method.getName().equals("receive")) {
      return receive();
    }
    if (method.getName().equals("transmit")
        && !sent.pass(nic.transmitMemory(), (int) args[0], (int) args[1])) {
      nic.abandon((int) args[0]);
      return null;
    }
    try {
      return method.invoke(nic, args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private long receive() {
    long frame = nic.receive();
    while (frame != Nic.EMPTY
        && !received.pass(
            nic.receiveMemory(), ReceivedFrame.offset(frame), ReceivedFrame.length(frame))) {
      nic.release();
      frame = nic.receive();
    }
    return frame;
  }
}
