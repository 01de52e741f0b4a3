// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Map;

/** Adds up the arrays that an object of ours holds, those of its parts included. */
final class ArraySizes {
  private static final Map<Class<?>, Integer> BYTES = Map.of(
      byte.class, Byte.BYTES,
      char.class, Character.BYTES,
      short.class, Short.BYTES,
      int.class, Integer.BYTES,
      long.class, Long.BYTES);

  private ArraySizes() {}

  /** Everything in it must be an array of numbers, a number, or one of our objects that nothing else holds. */
  static long bytesOf(Object object) {
    long bytes = 0;
    for (Field field : object.getClass().getDeclaredFields()) {
      if (!Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive()) {
        bytes += bytesOf(object, field);
      }
    }
    return bytes;
  }

  private static long bytesOf(Object object, Field field) {
    try {
      field.setAccessible(true);
      Object value = field.get(object);
      if (value == null) {
        return 0;
      }
      return value.getClass().isArray()
          ? (long) BYTES.get(value.getClass().getComponentType()) * Array.getLength(value)
          : bytesOf(value);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }
}
