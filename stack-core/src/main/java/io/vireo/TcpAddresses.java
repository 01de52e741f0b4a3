// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import java.net.InetSocketAddress;

/** The two ends of a connection. The first three methods never allocate, the last two do. */
public interface TcpAddresses {
  /** The local port. */
  int localPort();

  /** The peer's IPv4 address, first octet in the highest byte; 0 if it has none. */
  int remoteIpv4();

  /** The peer's port. */
  int remotePort();

  /** The local address and port. Allocates. */
  InetSocketAddress localAddress();

  /** The peer's address and port. Allocates. */
  InetSocketAddress remoteAddress();
}
