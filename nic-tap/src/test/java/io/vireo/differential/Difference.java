// SPDX-License-Identifier: Apache-2.0
package io.vireo.differential;

/** What two hosts answered to the same stimulus. */
record Difference(String stimulus, String linux, String vireo) {
  boolean real() {
    return !linux.equals(vireo);
  }

  String text() {
    return stimulus + " ; " + linux + " ; " + vireo;
  }
}
