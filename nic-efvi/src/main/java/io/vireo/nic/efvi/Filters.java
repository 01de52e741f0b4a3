// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import io.vireo.nic.efvi.ciul.Libciul;
import io.vireo.nic.linux.LibC;
import io.vireo.nic.linux.LinuxHost;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/** The card's filters for one queue: which frames come to it; all others go to the kernel. */
final class Filters implements LinuxHost.Steering {
  private static final int TCP = 6;
  private static final int FILTER_BYTES = 64;
  private static final int COOKIE_BYTES = 8;

  /** Whose segments: those to a local address and port, of one peer or, with 0 and 0, of all. */
  private record Flow(int address, int port, int remoteAddress, int remotePort) {}

  private final String interfaceName;
  private final CardQueue queue;
  private final Libciul.Functions functions;
  private final ByteBuffer filter = LibC.structure(FILTER_BYTES);
  private final long filterAddress = LibC.addressOf(filter);
  private final ByteBuffer cookie = LibC.structure(COOKIE_BYTES);
  private final long cookieAddress = LibC.addressOf(cookie);
  private final Map<Flow, Long> cookies = new HashMap<>();
  private boolean dead;

  Filters(String interfaceName, Libciul.Functions functions, CardQueue queue) {
    this.interfaceName = interfaceName;
    this.functions = functions;
    this.queue = queue;
  }

  /** The same for the queue of a twin, none so far. */
  Filters ofTwin(CardQueue twin) {
    return new Filters(interfaceName, functions, twin);
  }

  /** The queue is dead: a filter for it would be the kernel's trouble (one version crashed). */
  void onDead() {
    dead = true;
  }

  @Override
  public void steer(int address, int port) throws IOException {
    steer(new Flow(address, port, 0, 0));
  }

  /** Segments of one peer alone. */
  void steer(int address, int port, int remoteAddress, int remotePort) throws IOException {
    steer(new Flow(address, port, remoteAddress, remotePort));
  }

  private void steer(Flow flow) throws IOException {
    if (cookies.containsKey(flow)) {
      return;
    }
    functions.ef_filter_spec_init(filterAddress, 0);
    int error = flow.remotePort == 0
        ? functions.ef_filter_spec_set_ip4_local(
            filterAddress, TCP, inNetworkOrder(flow.address), portInNetworkOrder(flow.port))
        : functions.ef_filter_spec_set_ip4_full(
            Pointer.wrap(Runtime.getRuntime(functions), filterAddress),
            TCP,
            inNetworkOrder(flow.address),
            portInNetworkOrder(flow.port),
            inNetworkOrder(flow.remoteAddress),
            portInNetworkOrder(flow.remotePort));
    add(-error, "port " + flow.port);
    cookies.put(flow, cookie.getLong(0));
  }

  private void add(int specError, String what) throws IOException {
    int error = specError;
    if (error == 0 && !dead) {
      error = -queue.addFilter(filterAddress, cookieAddress);
    }
    if (dead) {
      throw new IOException("interface " + interfaceName + " has failed: open it again");
    }
    if (error != 0) {
      throw Refusal.filter(interfaceName, error, what);
    }
  }

  /** All frames that reach the port. */
  void steerAll() throws IOException {
    functions.ef_filter_spec_init(filterAddress, 0);
    add(-functions.ef_filter_spec_set_unicast_all(filterAddress), "all frames");
    functions.ef_filter_spec_init(filterAddress, 0);
    add(-functions.ef_filter_spec_set_multicast_all(filterAddress), "all frames");
  }

  @Override
  public void unsteer(int address, int port) {
    unsteer(address, port, 0, 0);
  }

  void unsteer(int address, int port, int remoteAddress, int remotePort) {
    Long added = cookies.remove(new Flow(address, port, remoteAddress, remotePort));
    if (added != null && !dead) {
      cookie.putLong(0, added);
      queue.removeFilter(cookieAddress);
    }
  }

  private static int inNetworkOrder(int address) {
    return Integer.reverseBytes(address);
  }

  private static int portInNetworkOrder(int port) {
    return Short.reverseBytes((short) port) & 0xFFFF;
  }
}
