// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import java.io.IOException;

/** The end of a program's standard input, which comes when whoever started it has ended. */
final class StandardInput {
  private StandardInput() {}

  /** Ends the JVM, too, then. */
  static void endWithIt() {
    Thread thread = new Thread(StandardInput::awaitEnd, "standard-input");
    thread.setDaemon(true);
    thread.start();
  }

  private static void awaitEnd() {
    try {
      while (System.in.read() >= 0) {
        // nobody has anything to say
      }
    } catch (IOException e) {
      // as good as its end
    }
    Runtime.getRuntime().halt(0);
  }
}
