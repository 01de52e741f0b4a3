// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

/** The flows that a target follows: few, and the same objects for every input. */
final class Flows {
  static final int MOST = 16;

  private final Flow[] flows = new Flow[MOST];
  private int count;

  Flows() {
    for (int i = 0; i < MOST; i++) {
      flows[i] = new Flow();
    }
  }

  void clear() {
    count = 0;
  }

  int count() {
    return count;
  }

  Flow get(int index) {
    return flows[index % count];
  }

  /** From now on this flow is followed; the same one if it is already. Null: there are too many. */
  Flow follow(int remoteAddress, int remotePort, int localPort) {
    Flow flow = find(remoteAddress, remotePort, localPort);
    if (flow == null && count < MOST) {
      flow = flows[count++];
      flow.begin(remoteAddress, remotePort, localPort);
    }
    return flow;
  }

  Flow find(int remoteAddress, int remotePort, int localPort) {
    for (int i = 0; i < count; i++) {
      Flow flow = flows[i];
      if (flow.localPort == localPort
          && flow.remotePort == remotePort
          && flow.remoteAddress == remoteAddress) {
        return flow;
      }
    }
    return null;
  }
}
