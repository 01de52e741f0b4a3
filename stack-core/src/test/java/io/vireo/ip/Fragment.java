// SPDX-License-Identifier: Apache-2.0
package io.vireo.ip;

import io.vireo.link.Frames;
import java.util.Arrays;

/** One fragment of a datagram from the peer to us, as a test cuts it. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Fragment(int id, int protocol, int trafficClass, int offset, boolean last, byte[] payload) {

  /** Bytes from until to of a TCP payload; the last fragment if it reaches the end. */
  static Fragment of(int id, byte[] whole, int from, int to) {
    byte[] payload = Arrays.copyOfRange(whole, from, to);
    return new Fragment(id, 6, 0, from, to == whole.length, payload);
  }

  Fragment withTrafficClass(int other) {
    return new Fragment(id, protocol, other, offset, last, payload);
  }

  Fragment withProtocol(int other) {
    return new Fragment(id, other, trafficClass, offset, last, payload);
  }

  Fragment withLast(boolean other) {
    return new Fragment(id, protocol, trafficClass, offset, other, payload);
  }

  Fragment withId(int other) {
    return new Fragment(other, protocol, trafficClass, offset, last, payload);
  }

  Fragment movedTo(int other) {
    return new Fragment(id, protocol, trafficClass, other, last, payload);
  }

  /** The same place with other bytes. */
  Fragment inverted() {
    byte[] other = payload.clone();
    for (int i = 0; i < other.length; i++) {
      other[i] = (byte) ~other[i];
    }
    return new Fragment(id, protocol, trafficClass, offset, last, other);
  }

  int end() {
    return offset + payload.length;
  }

  byte[] datagram() {
    return datagram(IpFixture.PEER, IpFixture.OWN);
  }

  byte[] datagram(String source, String destination) {
    byte[] datagram = Frames.ipv4(protocol, source, destination, payload);
    datagram[1] = (byte) trafficClass;
    datagram[4] = (byte) (id >> 8);
    datagram[5] = (byte) id;
    int word = (last ? 0 : 0x2000) | offset >> 3;
    datagram[6] = (byte) (word >> 8);
    datagram[7] = (byte) word;
    return Frames.withIpv4Checksum(datagram);
  }
}
