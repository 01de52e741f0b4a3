// SPDX-License-Identifier: Apache-2.0
/** Events for the JDK's Flight Recorder; nothing else in the core knows of it. Names and fields are public, classes are not. */
package io.vireo.tcp.jfr;
