// SPDX-License-Identifier: Apache-2.0
package io.vireo.api;

/** Why a connection ended. */
public enum CloseReason {
  /** Both sides finished, everything is acknowledged, onFin has returned. */
  CLOSED,
  /** The peer sent RST; bytes left over are gone. */
  RESET,
  /** connect: answered with RST, or with ICMP port or protocol unreachable. */
  REFUSED,
  /** connect: no answer within {@link TcpSettings#connectTimeoutNs()}. */
  CONNECT_TIMEOUT,
  /** connect: no route, or the next hop does not answer ARP. */
  UNREACHABLE,
  /** connect: the local port asked for is taken, or none is free. */
  NO_LOCAL_PORT,
  /** established: the user timeout, keep-alive, {@link TcpSettings#zeroWindowTimeoutNs()} or {@link TcpSettings#finWaitNs()} ran out. */
  TIMEOUT,
  /** The host's kernel has lost the address that the connection was on. */
  ADDRESS_LOST,
  /** abort() was called. */
  ABORTED,
  /** A callback threw. */
  HANDLER_FAILED,
  /** The endpoint or its stack was closed. */
  SHUT_DOWN
}
