// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import io.vireo.api.CloseReason;
import java.io.PrintWriter;

/** A program about one connection. */
interface ClientProgram extends TcpHandler<Void> {
  /** After each turn of the stack while the connection lives. */
  void onTurn(TcpConnection<Void> connection);

  /** How the connection ended, or null as long as it lives. */
  CloseReason end();

  /** The loop has ended: winds up and prints the result. Refusal: why there is none. */
  void finish(PrintWriter out) throws Refusal;
}
