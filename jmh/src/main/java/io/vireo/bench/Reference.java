// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

/**
 * What another stack was measured at, on another day, on a machine like this.
 *
 * @param shown as it was noted: lowest / median, or all there is
 * @param value of that the median, or its middle; in the unit of the figure it stands beside
 */
record Reference(String peer, String shown, double value) {}
