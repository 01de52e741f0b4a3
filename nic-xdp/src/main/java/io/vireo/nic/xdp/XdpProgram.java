// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.xdp;

import io.vireo.nic.linux.LibC;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The programs that an interface runs for each frame it receives, written in the kernel's instructions (RFC 9669). R1 to R5 are arguments and scratch, R6 and R7 survive calls,
 * R10 is the end of the stack.
 */
final class XdpProgram {
  private static final int INSTRUCTION_BYTES = 8;
  private static final int MOST_INSTRUCTIONS = 64;

  // Opcodes
  private static final int LOAD_WORD = 0x61;
  private static final int LOAD_HALF = 0x69;
  private static final int LOAD_BYTE = 0x71;
  private static final int LOAD_IMMEDIATE_64 = 0x18;
  private static final int STORE_WORD = 0x63;
  private static final int STORE_IMMEDIATE_WORD = 0x62;
  private static final int STORE_IMMEDIATE_HALF = 0x6A;
  private static final int MOVE = 0xBF;
  private static final int MOVE_IMMEDIATE = 0xB7;
  private static final int ADD = 0x0F;
  private static final int ADD_IMMEDIATE = 0x07;
  private static final int AND_IMMEDIATE = 0x57;
  private static final int SHIFT_LEFT_IMMEDIATE = 0x67;
  private static final int SHIFT_RIGHT_IMMEDIATE = 0x77;
  private static final int JUMP_IF_GREATER = 0x2D;
  private static final int JUMP_UNLESS_IMMEDIATE = 0x55;
  private static final int JUMP_IF_LESS_IMMEDIATE = 0xA5;
  private static final int CALL = 0x85;
  private static final int EXIT = 0x95;

  private static final int SOURCE_IS_MAP = 1;
  private static final int STACK_END = 10;

  // Functions of the kernel
  private static final int LOOK_UP = 1;
  private static final int REDIRECT_MAP = 51;

  private static final int XDP_PASS = 2;

  // struct xdp_md
  private static final int DATA = 0;
  private static final int DATA_END = 4;
  private static final int RECEIVE_QUEUE_INDEX = 16;

  // The frame,
  private static final int ETHERNET_BYTES = 14;
  private static final int ETHER_TYPE = 12;
  private static final int VERSION_AND_LENGTH = 14;
  private static final int FRAGMENT = 20;
  private static final int FRAGMENT_MASK = 0x3FFF; // more fragments, or not the first
  private static final int PROTOCOL = 23;
  private static final int TCP = 6;
  private static final int SOURCE_ADDRESS = 26;
  private static final int DESTINATION_ADDRESS = 30;
  private static final int SHORTEST_HEADER = 20;
  private static final int PORTS_BYTES = 4;

  /** A key of the flow map on the stack: remote address, local address, remote port, local port. */
  private static final int KEY = -16;

  private final ByteBuffer instructions = LibC.structure(MOST_INSTRUCTIONS * INSTRUCTION_BYTES);
  private final int[] jumpsToPass = new int[MOST_INSTRUCTIONS];
  private final int[] jumpsToRedirect = new int[MOST_INSTRUCTIONS];
  private int count;
  private int passes;
  private int redirects;

  private XdpProgram() {}

  /** Every frame of a queue goes to the socket that the map has for it; of a queue without one, to the kernel. */
  static ByteBuffer redirectingAll(int socketMap) {
    XdpProgram program = new XdpProgram();
    program.add(MOVE, 6, 1, 0, 0);
    program.redirect(socketMap);
    return program.done();
  }

  /**
   * TCP segments of the flows in a map go to the socket of their queue; everything else to the kernel. Fragments have no ports to tell them by, and
   * are everything else.
   */
  static ByteBuffer redirectingFlows(int socketMap, int flowMap) {
    XdpProgram program = new XdpProgram();
    program.add(MOVE, 6, 1, 0, 0);
    program.checkIpv4Tcp();
    program.makeKey();
    program.lookUp(flowMap);
    // Not this flow; perhaps its local address and port, whoever the peer is.
    program.add(STORE_IMMEDIATE_WORD, STACK_END, 0, KEY, 0);
    program.add(STORE_IMMEDIATE_HALF, STACK_END, 0, KEY + 8, 0);
    program.lookUp(flowMap);
    program.pass();
    program.redirect(socketMap);
    return program.done();
  }

  /** Leaves the frame in R2, and the place of TCP's header in R7. */
  private void checkIpv4Tcp() {
    add(LOAD_WORD, 2, 6, DATA, 0);
    add(LOAD_WORD, 3, 6, DATA_END, 0);
    add(MOVE, 4, 2, 0, 0);
    add(ADD_IMMEDIATE, 4, 0, 0, ETHERNET_BYTES + SHORTEST_HEADER);
    passIf(JUMP_IF_GREATER, 4, 3, 0);
    add(LOAD_HALF, 5, 2, ETHER_TYPE, 0);
    passIf(JUMP_UNLESS_IMMEDIATE, 5, 0, swapped(0x0800));
    add(LOAD_BYTE, 5, 2, PROTOCOL, 0);
    passIf(JUMP_UNLESS_IMMEDIATE, 5, 0, TCP);
    add(LOAD_HALF, 5, 2, FRAGMENT, 0);
    add(AND_IMMEDIATE, 5, 0, 0, swapped(FRAGMENT_MASK));
    passIf(JUMP_UNLESS_IMMEDIATE, 5, 0, 0);
    add(LOAD_BYTE, 7, 2, VERSION_AND_LENGTH, 0);
    add(MOVE, 5, 7, 0, 0);
    add(SHIFT_RIGHT_IMMEDIATE, 5, 0, 0, 4);
    passIf(JUMP_UNLESS_IMMEDIATE, 5, 0, 4);
    add(AND_IMMEDIATE, 7, 0, 0, 0xF);
    add(SHIFT_LEFT_IMMEDIATE, 7, 0, 0, 2);
    passIf(JUMP_IF_LESS_IMMEDIATE, 7, 0, SHORTEST_HEADER);
    add(ADD_IMMEDIATE, 7, 0, 0, ETHERNET_BYTES);
    add(ADD, 7, 2, 0, 0);
    add(MOVE, 4, 7, 0, 0);
    add(ADD_IMMEDIATE, 4, 0, 0, PORTS_BYTES);
    passIf(JUMP_IF_GREATER, 4, 3, 0);
  }

  private void makeKey() {
    add(LOAD_WORD, 5, 2, SOURCE_ADDRESS, 0);
    add(STORE_WORD, STACK_END, 5, KEY, 0);
    add(LOAD_WORD, 5, 2, DESTINATION_ADDRESS, 0);
    add(STORE_WORD, STACK_END, 5, KEY + 4, 0);
    add(LOAD_WORD, 5, 7, 0, 0);
    add(STORE_WORD, STACK_END, 5, KEY + 8, 0);
  }

  /** Goes to redirect if the map has the key. */
  private void lookUp(int flowMap) {
    addLoadMap(1, flowMap);
    add(MOVE, 2, STACK_END, 0, 0);
    add(ADD_IMMEDIATE, 2, 0, 0, KEY);
    add(CALL, 0, 0, 0, LOOK_UP);
    jumpsToRedirect[redirects++] = count;
    add(JUMP_UNLESS_IMMEDIATE, 0, 0, 0, 0);
  }

  private void passIf(int opcode, int register, int other, int immediate) {
    jumpsToPass[passes++] = count;
    add(opcode, register, other, 0, immediate);
  }

  private void pass() {
    land(jumpsToPass, passes);
    add(MOVE_IMMEDIATE, 0, 0, 0, XDP_PASS);
    add(EXIT, 0, 0, 0, 0);
  }

  private void redirect(int socketMap) {
    land(jumpsToRedirect, redirects);
    addLoadMap(1, socketMap);
    add(LOAD_WORD, 2, 6, RECEIVE_QUEUE_INDEX, 0);
    add(MOVE_IMMEDIATE, 3, 0, 0, XDP_PASS);
    add(CALL, 0, 0, 0, REDIRECT_MAP);
    add(EXIT, 0, 0, 0, 0);
  }

  /** Jumps that were waiting for a target have it here. */
  private void land(int[] jumps, int jumpCount) {
    for (int i = 0; i < jumpCount; i++) {
      instructions.putShort(jumps[i] * INSTRUCTION_BYTES + 2, (short) (count - jumps[i] - 1));
    }
  }

  private void add(int opcode, int destination, int source, int offset, int immediate) {
    int at = count++ * INSTRUCTION_BYTES;
    int registers = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN
        ? source << 4 | destination
        : destination << 4 | source;
    instructions.put(at, (byte) opcode).put(at + 1, (byte) registers);
    instructions.putShort(at + 2, (short) offset).putInt(at + 4, immediate);
  }

  /** An instruction as long as two. */
  private void addLoadMap(int destination, int map) {
    add(LOAD_IMMEDIATE_64, destination, SOURCE_IS_MAP, 0, map);
    add(0, 0, 0, 0, 0);
  }

  /** How a half word of a frame looks to this machine. */
  private static int swapped(int half) {
    return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN
        ? Short.reverseBytes((short) half) & 0xFFFF
        : half;
  }

  private ByteBuffer done() {
    return instructions.limit(count * INSTRUCTION_BYTES);
  }
}
