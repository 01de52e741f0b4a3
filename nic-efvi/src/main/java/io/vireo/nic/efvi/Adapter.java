// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import io.vireo.nic.efvi.ciul.HeapCard;
import io.vireo.nic.efvi.ciul.Libciul;
import io.vireo.nic.efvi.ciul.ViLayout;
import io.vireo.nic.efvi.ciul.VirtualInterface;
import io.vireo.nic.linux.Errno;
import io.vireo.nic.linux.LibC;
import io.vireo.nic.linux.MappedMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * What a process holds of a card: driver handle, protection domain, virtual interface, registered memory. They are had in this order, and given back in that of the library's
 * rules; only the driver handle gives back what the kernel holds, so that it is closed on every path.
 */
final class Adapter implements CardQueue {
  private static final int DOMAIN_BYTES = 64;
  private static final int REGISTRATION_BYTES = 64;
  private static final int LAYOUT_ENTRY_OFFSET = 4;
  private static final int CAPABILITY_CTPIO = 46;
  private static final long CTPIO_FLAG = 0x100_0000;
  private static final int MAC_BYTES = 6;
  private static final int NONE = -1;

  private final String interfaceName;
  private final Libciul library;
  private final Libciul.Functions functions;
  private final ViLayout layout;
  private final ByteBuffer scratch = LibC.structure(Long.BYTES * 2);
  private final long scratchAddress = LibC.addressOf(scratch);
  private final ByteBuffer domain = LibC.structure(DOMAIN_BYTES);
  private final long domainAddress = LibC.addressOf(domain);
  private final ByteBuffer registration = LibC.structure(REGISTRATION_BYTES);
  private final long registrationAddress = LibC.addressOf(registration);

  private int driver = NONE;
  private boolean hasDomain;
  private VirtualInterface vi;
  private boolean hasQueue;
  private boolean hasRegistration;
  private MappedMemory memory;
  private int prefixBytes;

  private Adapter(String interfaceName, Libciul library, ViLayout layout) {
    this.interfaceName = interfaceName;
    this.library = library;
    functions = library.functions();
    this.layout = layout;
  }

  /** Opens a queue of an interface, with CTPIO if it is asked for and the card has it. */
  static Adapter open(
      String interfaceName,
      int interfaceIndex,
      Libciul library,
      ViLayout layout,
      EfviSettings settings)
      throws IOException {
    Adapter adapter = new Adapter(interfaceName, library, layout);
    boolean ctpio = settings.ctpioThreshold() != EfviSettings.NO_CTPIO;
    try {
      adapter.openDriver();
      ctpio = ctpio && adapter.hasCtpio(interfaceIndex);
      adapter.openDomain();
      int error = adapter.openQueue(settings, ctpio ? CTPIO_FLAG : 0);
      if (error == Errno.EOPNOTSUPP && ctpio) {
        // What failed stays with its handle: once more, on a new one.
        adapter.close();
        adapter = new Adapter(interfaceName, library, layout);
        adapter.openDriver();
        adapter.openDomain();
        error = adapter.openQueue(settings, 0);
      }
      if (error != 0) {
        throw Refusal.queue(interfaceName, error, settings);
      }
      adapter.askForPrefix();
      return adapter;
    } catch (IOException | RuntimeException | Error e) {
      adapter.close();
      throw e;
    }
  }

  private void openDriver() throws IOException {
    int error = -functions.ef_driver_open(scratchAddress);
    if (error != 0) {
      throw Refusal.driver(interfaceName, error);
    }
    driver = scratch.getInt(0);
  }

  private boolean hasCtpio(int interfaceIndex) {
    scratch.putLong(0, 0);
    int error =
        functions.ef_vi_capabilities_get(driver, interfaceIndex, CAPABILITY_CTPIO, scratchAddress);
    return error == 0 && scratch.getLong(0) != 0;
  }

  private void openDomain() throws IOException {
    int error = -functions.ef_pd_alloc_by_name(domainAddress, driver, interfaceName, 0);
    if (error != 0) {
      throw Refusal.domain(interfaceName, error);
    }
    hasDomain = true;
  }

  /** Returns 0, or the errno. */
  private int openQueue(EfviSettings settings, long flags) {
    VirtualInterface opened = new VirtualInterface(library, layout);
    int queue = functions.ef_vi_alloc_from_pd(
        opened.address(),
        driver,
        domainAddress,
        driver,
        NONE,
        settings.receiveRing(),
        settings.transmitRing(),
        0,
        NONE,
        flags);
    if (queue < 0) {
      return -queue;
    }
    hasQueue = true;
    opened.bind();
    vi = opened;
    return opened.isComplete() ? 0 : Errno.EOPNOTSUPP;
  }

  /** How many bytes the card puts before a frame is decided for each queue anew. */
  private void askForPrefix() throws IOException {
    scratch.putLong(0, 0).putLong(Long.BYTES, 0);
    int error = -functions.ef_vi_receive_query_layout(
        vi.address(), scratchAddress, scratchAddress + Long.BYTES);
    if (error != 0) {
      throw Refusal.figures(interfaceName, error);
    }
    long entries = scratch.getLong(0);
    if (entries != 0 && scratch.getInt(Long.BYTES) > 0) {
      prefixBytes = com.kenai.jffi.MemoryIO.getInstance().getInt(entries + LAYOUT_ENTRY_OFFSET);
    }
  }

  @Override
  public MappedMemory register(int bytes) throws IOException {
    memory = MappedMemory.anonymous(bytes);
    Pointer start = Pointer.wrap(Runtime.getRuntime(functions), memory.address());
    int size = memory.buffer().capacity();
    int error =
        -functions.ef_memreg_alloc(registrationAddress, driver, domainAddress, driver, start, size);
    if (error != 0) {
      throw Refusal.memory(interfaceName, error, size);
    }
    hasRegistration = true;
    return memory;
  }

  @Override
  public long dmaAddress(int offset) {
    long table = registration.getLong(0);
    long page = com.kenai.jffi.MemoryIO.getInstance()
        .getLong(table + (long) (offset / DMA_PAGE_BYTES) * Long.BYTES);
    return page | offset % DMA_PAGE_BYTES;
  }

  @Override
  public VirtualInterface vi() {
    return vi;
  }

  @Override
  public int driver() {
    return driver;
  }

  @Override
  public int prefixBytes() {
    return prefixBytes;
  }

  @Override
  public long macAddress() throws IOException {
    int error = -functions.ef_vi_get_mac(vi.address(), driver, scratchAddress);
    if (error != 0) {
      throw Refusal.figures(interfaceName, error);
    }
    long mac = 0;
    for (int i = 0; i < MAC_BYTES; i++) {
      mac = mac << 8 | (scratch.get(i) & 0xFF);
    }
    return mac;
  }

  @Override
  public int largestFrame() {
    return functions.ef_vi_mtu(vi.address(), driver);
  }

  @Override
  public int addFilter(long filter, long cookie) {
    return functions.ef_vi_filter_add(vi.address(), driver, filter, cookie);
  }

  @Override
  public void removeFilter(long cookie) {
    int unused = functions.ef_vi_filter_del(vi.address(), driver, cookie);
  }

  @Override
  public HeapCard playedCard(EfviSettings settings) {
    return new HeapCard(
        library,
        layout,
        settings.receiveRing(),
        settings.transmitRing(),
        prefixBytes,
        vi.hasCtpio());
  }

  @Override
  public void close() {
    if (hasRegistration) {
      hasRegistration = false;
      int unused = functions.ef_memreg_free(registrationAddress, driver);
    }
    if (hasQueue) {
      hasQueue = false;
      int unused = functions.ef_vi_free(vi.address(), driver);
    }
    if (hasDomain) {
      hasDomain = false;
      int unused = functions.ef_pd_free(domainAddress, driver);
    }
    if (driver != NONE) {
      int unused = functions.ef_driver_close(driver);
      driver = NONE;
    }
  }
}
