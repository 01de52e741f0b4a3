// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi.ciul;

import com.kenai.jffi.Library;
import io.vireo.nic.linux.LibC;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.IgnoreError;

/**
 * libciul, the library of ef_vi, as jnr-ffi binds it: the functions that are symbols. What is called for each frame is not: those are pointers inside struct ef_vi, and
 * {@link ViLayout} finds them.
 *
 * <p>Functions return 0 or a negative errno, unless it is said. Addresses are longs; of exactly six integers one is a {@link Pointer} (see {@link LibC}).
 */
public final class Libciul {
  /** The property that names the library's file, where it is not among the system's. */
  public static final String PROPERTY = "vireo.libciul";

  private static final String DEFAULT_NAME = "libciul.so";

  /** The functions. Public only because the class that jnr-ffi makes of it has a class loader of its own. */
  public interface Functions {
    String ef_vi_version_str();

    int ef_driver_open(long handle);

    int ef_driver_close(int driver);

    int ef_pd_alloc_by_name(long domain, int driver, String interfaceName, int flags);

    int ef_pd_free(long domain, int driver);

    int ef_memreg_alloc(
        long registration, int driver, long domain, int domainDriver, Pointer memory, long bytes);

    int ef_memreg_free(long registration, int driver);

    /** Returns the number of the queue, or a negative errno. */
    int ef_vi_alloc_from_pd(
        long vi,
        int driver,
        long domain,
        int domainDriver,
        int eventEntries,
        int receiveEntries,
        int transmitEntries,
        long otherVi,
        int otherDriver,
        long flags);

    int ef_vi_free(long vi, int driver);

    int ef_vi_get_mac(long vi, int driver, long address);

    /** Bytes of a frame without its check sequence; 0: an error. */
    int ef_vi_mtu(long vi, int driver);

    int ef_vi_receive_query_layout(long vi, long entries, long count);

    int ef_vi_capabilities_get(int driver, int interfaceIndex, int capability, long value);

    void ef_filter_spec_init(long filter, int flags);

    int ef_filter_spec_set_ip4_local(long filter, int protocol, int address, int port);

    int ef_filter_spec_set_ip4_full(
        Pointer filter, int protocol, int address, int port, int remoteAddress, int remotePort);

    int ef_filter_spec_set_unicast_all(long filter);

    int ef_filter_spec_set_multicast_all(long filter);

    int ef_vi_filter_add(long vi, int driver, long filter, long cookie);

    int ef_vi_filter_del(long vi, int driver, long cookie);

    // What sets up a VI on memory of one's own, without a driver.

    void ef_vi_init(
        long vi,
        int architecture,
        int variant,
        int revision,
        long flags,
        long nicFlags,
        long state);

    void ef_vi_init_io(long vi, long io);

    /** The last one is new in the head of mid-2026; before, nobody looks at it. */
    void ef_vi_init_evq(long vi, int entries, long ring, int mostEvents);

    void ef_vi_init_rxq(long vi, int entries, long descriptors, long ids, int prefixBytes);

    void ef_vi_init_txq(long vi, int entries, long descriptors, long ids);

    void ef_vi_init_state(long vi);

    int ef_vi_add_queue(long eventVi, long vi);

    int ef_vi_calc_state_bytes(int receiveEntries, int transmitEntries);

    // For each frame, or nearly.

    @IgnoreError
    int ef_vi_transmit_init(long vi, long dmaAddress, int bytes, int id);

    /** Returns how many ids. */
    @IgnoreError
    int ef_vi_transmit_unbundle(long vi, long event, long ids);

    /** Returns how many ids. */
    @IgnoreError
    int ef_vi_receive_unbundle(long vi, long event, long ids);

    @IgnoreError
    int ef_vi_receive_get_bytes(long vi, long packet, long bytes);

    @IgnoreError
    int ef_vi_prime(long vi, int driver, int currentEvent);
  }

  private final String name;
  private final Functions functions;
  private final Library symbols;

  private Libciul(String name, Functions functions, Library symbols) {
    this.name = name;
    this.functions = functions;
    this.symbols = symbols;
  }

  /**
   * Loads the library that -Dvireo.libciul names, or libciul.so where the system looks for libraries.
   *
   * @throws IOException if there is none, or it is another one; the message says what helps
   */
  public static Libciul load(String interfaceName) throws IOException {
    LibC.load(interfaceName);
    String name = System.getProperty(PROPERTY, DEFAULT_NAME);
    Library symbols = Library.openLibrary(name, Library.NOW | Library.LOCAL);
    if (symbols == null) {
      throw new IOException(cannotLoad(interfaceName, name, Library.getLastError()));
    }
    try {
      Functions functions =
          LibraryLoader.create(Functions.class).failImmediately().load(name);
      return new Libciul(name, functions, symbols);
    } catch (LinkageError e) {
      throw new IOException(
          name + " is no library of ef_vi that interface " + interfaceName
              + " can be opened with (" + e.getMessage() + "): let -D" + PROPERTY
              + " name the libciul.so of Onload 8.1 or later",
          e);
    }
  }

  private static String cannotLoad(String interfaceName, String name, String why) {
    return "no library of ef_vi to open interface " + interfaceName + " with: " + name
        + " cannot be loaded (" + why + "). Onload installs libciul1.a alone; make the library of"
        + " it: gcc -shared -fPIC -Wl,--whole-archive libciul1.a -Wl,--no-whole-archive"
        + " -Wl,-soname,libciul.so.1 -o libciul.so, and let -D" + PROPERTY + " name it";
  }

  public Functions functions() {
    return functions;
  }

  /** The library's own text of its version, for people. */
  public String version() {
    return functions.ef_vi_version_str();
  }

  /** What was loaded, for messages. */
  public String name() {
    return name;
  }

  /** The address of a symbol; 0: there is none. */
  long address(String symbol) {
    return symbols.getSymbolAddress(symbol);
  }

  /** From where to where the file is mapped that {@code inside} lies in: the code and data of a library. */
  static long[] mappingOf(long inside) throws IOException {
    List<String> lines = Files.readAllLines(Path.of("/proc/self/maps"));
    String file = null;
    for (String line : lines) {
      if (from(line) <= inside && inside < to(line)) {
        file = fileOf(line);
      }
    }
    long first = inside;
    long last = inside;
    for (String line : lines) {
      if (file != null && file.equals(fileOf(line))) {
        first = Math.min(first, from(line));
        last = Math.max(last, to(line));
      }
    }
    return new long[] {first, last};
  }

  private static long from(String line) {
    return Long.parseUnsignedLong(line, 0, line.indexOf('-'), 16);
  }

  private static long to(String line) {
    return Long.parseUnsignedLong(line, line.indexOf('-') + 1, line.indexOf(' '), 16);
  }

  private static String fileOf(String line) {
    int path = line.indexOf('/');
    return path < 0 ? null : line.substring(path);
  }
}
