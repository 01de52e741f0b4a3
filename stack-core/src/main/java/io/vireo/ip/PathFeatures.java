// SPDX-License-Identifier: Apache-2.0
package io.vireo.ip;

/**
 * What the way out can do.
 *
 * @param mtu bytes of IP datagram per frame
 * @param fillsChecksums the NIC fills in the TCP checksum: the field is left 0
 */
public record PathFeatures(int mtu, boolean fillsChecksums) {}
