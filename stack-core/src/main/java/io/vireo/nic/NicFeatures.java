// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic;

/**
 * What a queue can do.
 *
 * @param transmitSlots how many frames may be claimed or under way at once; at least 8
 * @param largestFrame bytes a slot can hold, at least 14 + the largest MTU the queue will ever report
 * @param verifiesChecksums received frames may carry {@link ReceivedFrame#CHECKSUMS_VERIFIED}
 * @param fillsChecksums {@link Nic#FILL_CHECKSUMS} is understood
 */
public record NicFeatures(
    int transmitSlots, int largestFrame, boolean verifiesChecksums, boolean fillsChecksums) {}
