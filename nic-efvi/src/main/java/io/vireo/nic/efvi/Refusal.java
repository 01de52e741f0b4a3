// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import io.vireo.nic.linux.Errno;
import java.io.IOException;

/** What libciul or the driver refused, as an exception says it: what was tried on which interface, the errno's name, the likely cause, the cure. Errors are positive here. */
final class Refusal {
  private Refusal() {}

  private static IOException of(String tried, String interfaceName, int error, String cure) {
    return new IOException(
        tried + " on interface " + interfaceName + " (" + Errno.name(error) + "): " + cure);
  }

  static IOException driver(String interfaceName, int error) {
    return of(
        "no driver of ef_vi",
        interfaceName,
        error,
        switch (error) {
          case Errno.ENOENT ->
            "the module sfc_char is not loaded; install Onload and load it (modprobe sfc_char)";
          case Errno.EACCES, Errno.EPERM ->
            "its device may not be used by you: run as root, or change the rights of /dev/sfc_char";
          case Errno.EMFILE, Errno.ENFILE -> "raise the limit of open files (ulimit -n)";
          default -> "see the kernel's log (dmesg)";
        });
  }

  static IOException domain(String interfaceName, int error) {
    return of(
        "no protection domain",
        interfaceName,
        error,
        switch (error) {
          case Errno.ENODEV ->
            "it is no interface of a Solarflare or AMD card (ethtool -i " + interfaceName
                + "), or a VLAN or bond; name the physical port";
          case Errno.EPERM ->
            "ef_vi is switched off for the port; see sfboot, and the list of ports in"
                + " /proc/driver/sfc_resource";
          case Errno.ELIBACC, Errno.ELIBBAD -> otherRelease();
          default -> "see the kernel's log (dmesg)";
        });
  }

  static IOException queue(String interfaceName, int error, EfviSettings settings) {
    return of(
        "no virtual interface",
        interfaceName,
        error,
        switch (error) {
          case Errno.ENOMEM ->
            "all of the port's are taken: end other programs that use it, or raise their number"
                + " (sfboot vf-count, pf-count)";
          case Errno.EBUSY -> "its event queue is full of queues";
          case Errno.EINVAL ->
            "rings of " + settings.receiveRing() + " and " + settings.transmitRing()
                + " entries are none that it has; try 512 and 512";
          case Errno.EOPNOTSUPP ->
            "the card lacks what was asked for; try withCtpioThreshold(EfviSettings.NO_CTPIO)";
          case Errno.ELIBACC, Errno.ELIBBAD -> otherRelease();
          default -> "see the kernel's log (dmesg)";
        });
  }

  static IOException memory(String interfaceName, int error, long bytes) {
    return of(
        "cannot register " + bytes + " bytes of memory",
        interfaceName,
        error,
        switch (error) {
          case Errno.ENOMEM, Errno.ENOSPC ->
            "the card's table of buffers is full, or the limit of locked memory is reached:"
                + " set up huge pages (sysctl vm.nr_hugepages=16), which need fewer entries,"
                + " and raise the limit (ulimit -l)";
          case Errno.EFAULT, Errno.EINVAL -> "the driver does not take its address or size";
          default -> "see the kernel's log (dmesg)";
        });
  }

  static IOException filter(String interfaceName, int error, String what) {
    return of(
        "cannot steer " + what + " to us",
        interfaceName,
        error,
        switch (error) {
          case Errno.EEXIST -> "another program has it already (onload_stackdump filters)";
          case Errno.EBUSY, Errno.ENOSPC ->
            "the card's table of filters is full: listen on and connect from fewer ports, or end"
                + " other programs that use it";
          case Errno.EPERM, Errno.EACCES ->
            "another filter comes first, or it needs rights: run as root, or with CAP_NET_ADMIN";
          default -> "see the kernel's log (dmesg)";
        });
  }

  static IOException figures(String interfaceName, int error) {
    return of(
        "no MAC address or layout of frames", interfaceName, error, "see the kernel's log (dmesg)");
  }

  private static String otherRelease() {
    return "driver and library are of different releases of Onload: use the libciul.so of the one"
        + " that is loaded (cat /sys/module/sfc_resource/version)";
  }
}
