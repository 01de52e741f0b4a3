// SPDX-License-Identifier: Apache-2.0
package io.vireo.gates;

import java.util.HashMap;
import java.util.Map;
import org.objectweb.asm.ClassReader;

/**
 * The bytes of bytecode of each method of a class. ASM's visitors do not tell, so this walks the
 * class file itself (JVMS §4.1): the number that HotSpot compares with its inlining limits.
 */
final class CodeSizes {
  private final Map<String, Integer> sizes = new HashMap<>();
  private final ClassReader reader;
  private final char[] buffer;
  private int at;

  CodeSizes(ClassReader reader) {
    this.reader = reader;
    this.buffer = new char[reader.getMaxStringLength()];
    at = reader.header + 6; // past access flags, this and super class
    at += 2 + 2 * reader.readUnsignedShort(at); // interfaces
    readMembers(false); // fields
    readMembers(true); // methods
  }

  /** 0 for a method without code. */
  int of(String name, String descriptor) {
    return sizes.get(name + descriptor);
  }

  private void readMembers(boolean methods) {
    int count = reader.readUnsignedShort(at);
    at += 2;
    for (int i = 0; i < count; i++) {
      String member = reader.readUTF8(at + 2, buffer) + reader.readUTF8(at + 4, buffer);
      int attributes = reader.readUnsignedShort(at + 6);
      at += 8;
      int codeSize = 0;
      for (int j = 0; j < attributes; j++) {
        if (reader.readUTF8(at, buffer).equals("Code")) {
          codeSize = reader.readInt(at + 10); // past name, length, max_stack and max_locals
        }
        at += 6 + reader.readInt(at + 2);
      }
      if (methods) {
        sizes.put(member, codeSize);
      }
    }
  }
}
