// SPDX-License-Identifier: Apache-2.0
package io.vireo.api;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a method that runs for every frame. A test of the build reads the class files and holds
 * such a method to the rules of the hot path: fewer than 325 bytes of bytecode (more is not
 * inlined), no allocation, no boxing, no lambda or string concatenation, and no exception thrown
 * other than a failed assertion.
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.METHOD)
public @interface HotPath {
  /**
   * The method is to be compiled by itself, for with it the compiler would put too much together: it has more than 325 bytes of bytecode, and is to
   * keep them (docs/decisions/0011-what-is-compiled-together.md).
   */
  boolean compiledAlone() default false;
}
