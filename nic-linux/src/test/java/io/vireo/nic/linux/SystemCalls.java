// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import jnr.ffi.LibraryLoader;

/** What the tests need of the C library beyond {@link LibC}. */
public interface SystemCalls {
  SystemCalls CALLS = LibraryLoader.create(SystemCalls.class).load("c");

  int CLONE_NEWNS = 0x0002_0000;
  int CLONE_NEWNET = 0x4000_0000;
  long MS_REC_PRIVATE = 0x4000 | 0x4_0000;

  int unshare(int flags);

  int mount(String source, String target, String type, long flags, String data);

  int capset(long header, long data);

  int gettid();

  /** {@code limits}: two longs, the soft and the hard one. */
  int getrlimit(int resource, long limits);

  int setrlimit(int resource, long limits);

  /** Throws if a call has failed. */
  static long check(long result, String call) throws IOException {
    if (result < 0) {
      throw new IOException(call + ": " + Errno.name(LibC.errno()));
    }
    return result;
  }

  /** Takes all capabilities from the calling thread, for good: root without them is like others. */
  static void dropCapabilities() throws IOException {
    ByteBuffer header = LibC.structure(8);
    header.putInt(0, 0x2008_0522); // _LINUX_CAPABILITY_VERSION_3
    ByteBuffer data = LibC.structure(24);
    check(CALLS.capset(LibC.addressOf(header), LibC.addressOf(data)), "capset");
  }

  /** Gives the calling thread a /dev/net of its own, which is empty. */
  static void hideTunDevice() throws IOException {
    check(CALLS.unshare(CLONE_NEWNS), "unshare");
    check(CALLS.mount("none", "/", "none", MS_REC_PRIVATE, ""), "mount");
    check(CALLS.mount("none", "/dev/net", "tmpfs", 0, ""), "mount");
  }
}
