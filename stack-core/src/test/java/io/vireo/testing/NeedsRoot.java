// SPDX-License-Identifier: Apache-2.0
package io.vireo.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The test needs root himself: root of a user namespace, who is alone there, is not enough. Otherwise it is skipped and the reason listed,
 * whatever is required: who runs the tests has decided that.
 */
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(NeedsRootCondition.class)
public @interface NeedsRoot {
  /** What for. */
  String value();
}
