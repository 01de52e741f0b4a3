// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic;

/** Whether frames can pass. */
public enum NicStatus {
  /** They can. */
  UP,
  /** The link is down; what is sent is lost, and the link may come back. */
  DOWN,
  /** The device is gone or broken for good; see {@link Nic#failure()}. */
  FAILED
}
