// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.IgnoreError;

/**
 * The C library as jnr-ffi binds it. Addresses are plain longs, which cost nothing to pass; but of
 * exactly six integers, all of them primitive, jffi 1.4.3 passes garbage for the last: then one of
 * them must be a Pointer.
 */
public final class LibC {
  public static final int AF_UNIX = 1;
  public static final int AF_INET = 2;
  public static final int AF_NETLINK = 16;
  public static final int SOCK_STREAM = 1;
  public static final int SOCK_DGRAM = 2;
  public static final int SOCK_RAW = 3;
  public static final int SOCK_SEQPACKET = 5;
  public static final int SOCK_NONBLOCK = 0x800;
  public static final int SOCK_CLOEXEC = 0x8_0000;
  public static final int O_RDWR = 2;
  public static final int O_NONBLOCK = 0x800;
  public static final int O_CLOEXEC = 0x8_0000;
  public static final int EFD_NONBLOCK = O_NONBLOCK;
  public static final int EFD_CLOEXEC = O_CLOEXEC;
  public static final int POLLIN = 1;
  public static final int POLLOUT = 4;
  public static final int POLLERR = 8;
  public static final int POLLHUP = 16;
  public static final int POLLNVAL = 32;

  /**
   * The functions. Public only because the class that jnr-ffi makes of it has a class loader of its
   * own.
   */
  public interface Functions {
    int open(String path, int flags);

    int close(int fd);

    int socket(int domain, int type, int protocol);

    /** {@code descriptors}: room for two ints. */
    int socketpair(int domain, int type, int protocol, long descriptors);

    int dup(int fd);

    int eventfd(int initialValue, int flags);

    int bind(int socket, long address, int bytes);

    int getsockname(int socket, long address, long bytes);

    int getsockopt(int socket, int level, int option, long value, long bytes);

    int setsockopt(int socket, int level, int option, long value, int bytes);

    long send(int socket, long address, long bytes, int flags);

    long recv(int socket, long address, long bytes, int flags);

    int ioctl(int fd, long request, long argument);

    /** The address is a hint; null: none. Returns MAP_FAILED, -1, if it fails. */
    Pointer mmap(Pointer hint, long bytes, int protection, int flags, int fd, long offset);

    int munmap(long address, long bytes);

    /** For calls that the library has no function for. */
    long syscall(long number, long first, long second, long third);

    long read(int fd, long address, long bytes);

    long write(int fd, long address, long bytes);

    /** Its errno is of no interest: whatever went wrong, the wait is over early. */
    @IgnoreError
    int ppoll(long descriptors, long count, long timeout, long signalMask);
  }

  private LibC() {}

  /** One instance in the JVM: each load makes a class, and a call site inlines no more than two. */
  private static final class Loaded {
    static final Functions FUNCTIONS =
        LibraryLoader.create(Functions.class).failImmediately().load("c");
    static final Runtime RUNTIME = Runtime.getRuntime(FUNCTIONS);
  }

  /** Loads the native library, which takes over half a second the first time. */
  public static void load(String interfaceName) throws IOException {
    String system = System.getProperty("os.name");
    if (!system.equals("Linux")) {
      throw new IOException("interface " + interfaceName + " needs Linux, and this is " + system);
    }
    try {
      Loaded.FUNCTIONS.close(-1);
    } catch (LinkageError | UnsupportedOperationException e) {
      throw new IOException(
          "no access to interface " + interfaceName
              + ", because jnr-ffi cannot load its native library: allow native"
              + " access (--enable-native-access=ALL-UNNAMED), and let -Djffi.extract.dir name a directory that is"
              + " writable and not mounted noexec",
          e);
    }
  }

  public static Functions functions() {
    return Loaded.FUNCTIONS;
  }

  /** The errno of this thread's last call that failed. */
  public static int errno() {
    return Loaded.RUNTIME.getLastError();
  }

  /** Zeroed memory for a C structure: direct, in native byte order. */
  public static ByteBuffer structure(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  public static long addressOf(ByteBuffer memory) {
    return Pointer.wrap(Loaded.RUNTIME, memory).address();
  }
}
