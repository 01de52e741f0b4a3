// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import io.vireo.testing.NeedsTap;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Each test of the class runs in a {@link PrivateNetwork} of its own, with what is set up before
 * and after it. A test that wants programs there takes the PrivateNetwork as a parameter.
 */
@Inherited
@NeedsTap
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@ExtendWith(PrivateNetworkExtension.class)
public @interface InPrivateNetwork {}
