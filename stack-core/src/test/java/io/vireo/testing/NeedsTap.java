// SPDX-License-Identifier: Apache-2.0
package io.vireo.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The test makes TAP devices, and so needs rights in a network namespace of its own. Failsafe starts
 * the JVM of the {@code *IT} classes in one (lab/namespace); where the system bars that, the test is
 * skipped and the reason listed.
 */
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(NeedsTapCondition.class)
public @interface NeedsTap {}
