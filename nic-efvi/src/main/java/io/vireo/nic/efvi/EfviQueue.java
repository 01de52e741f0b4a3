// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import io.vireo.api.HotPath;
import io.vireo.nic.HostNetwork;
import io.vireo.nic.NicCounter;
import io.vireo.nic.NicFeatures;
import io.vireo.nic.NicStatus;
import io.vireo.nic.NicTwin;
import io.vireo.nic.ReceivedFrame;
import io.vireo.nic.efvi.ciul.Event;
import io.vireo.nic.efvi.ciul.HeapCard;
import io.vireo.nic.efvi.ciul.VirtualInterface;
import io.vireo.nic.linux.KernelInterface;
import io.vireo.nic.linux.LibC;
import io.vireo.nic.linux.LinuxHost;
import io.vireo.nic.linux.LinuxNic;
import io.vireo.nic.linux.MappedMemory;
import io.vireo.nic.linux.WakeableWait;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A queue of a card that is open: what comes in from the card are events, and each says what became of a buffer. */
final class EfviQueue extends LinuxNic {
  private static final int PAGE_BYTES = CardQueue.DMA_PAGE_BYTES;

  /** Bounds the work of one receive: so many batches of events, none of which brings a frame. */
  private static final int MOST_BATCHES = 16;

  /** The interface is looked at every so many receives. */
  private static final int RECEIVES_PER_REFRESH = 4_096;

  private static final long BACKLOG_WAIT_NS = 50_000;

  private static final NicCounter[] DISCARDS = {
    NicCounter.RECEIVE_BAD_CHECKSUM,
    NicCounter.RECEIVE_WRONG_MULTICAST,
    NicCounter.RECEIVE_BAD_CRC,
    NicCounter.RECEIVE_TRUNCATED,
    NicCounter.RECEIVE_NO_RIGHTS,
    NicCounter.RECEIVE_EVENT_ERROR,
    NicCounter.RECEIVE_OTHER_DISCARD,
    NicCounter.RECEIVE_BAD_INNER_CHECKSUM
  };

  private final KernelInterface kernel;
  private final CardQueue queue;
  private final VirtualInterface vi;

  /** Null: without a driver there are none. */
  private final Filters filters;

  /** Null: the port is ours alone. */
  private final LinuxHost host;

  private final ReceiveSide in;
  private final TransmitSide out;
  private final EfviSettings settings;
  private final int driver;
  private final NicFeatures features;
  private final ByteBuffer memory;
  private final long macAddress;
  private final int largestMtu;

  private int receives;

  /** All that is given is given back by {@link #close}, but stays the caller's if this throws. */
  EfviQueue(
      KernelInterface kernel,
      CardQueue queue,
      Filters filters,
      LinuxHost host,
      WakeableWait wait,
      EfviSettings settings)
      throws IOException {
    super(wait);
    this.kernel = kernel;
    this.queue = queue;
    this.filters = filters;
    this.host = host;
    this.settings = settings;
    vi = queue.vi();
    driver = queue.driver();
    macAddress = queue.macAddress();
    int largestFrame = largestFrame(kernel, queue);
    largestMtu = largestFrame - ETHERNET_HEADER_BYTES - VLAN_TAG_BYTES;
    int slotsBytes = TransmitSide.bytesFor(settings.transmitRing(), largestFrame);
    int buffersBytes = ReceiveSide.bytesFor(settings.receiveRing());
    int assemblyBytes = largestFrame / PAGE_BYTES * PAGE_BYTES + PAGE_BYTES; // more than that
    MappedMemory registered = queue.register(slotsBytes + buffersBytes + assemblyBytes);
    memory = registered.buffer();
    out = new TransmitSide(
        queue,
        registered.address(),
        settings.transmitRing(),
        largestFrame,
        settings.ctpioThreshold());
    in = new ReceiveSide(
        queue,
        registered,
        slotsBytes,
        settings.receiveRing(),
        slotsBytes + buffersBytes,
        assemblyBytes);
    features = new NicFeatures(
        out.slotCount(), out.largestFrame(), vi.verifiesChecksums(), out.isDmaOnly());
    refresh();
  }

  /** What the interface lets through at present, or the port at most. */
  private static int largestFrame(KernelInterface kernel, CardQueue queue) {
    int overhead = ETHERNET_HEADER_BYTES + VLAN_TAG_BYTES;
    return Math.max(kernel.mtu() + overhead, queue.largestFrame() + VLAN_TAG_BYTES);
  }

  // ---- Events

  /** Takes what the card tells, until a frame has come or there is no more. */
  @HotPath
  private void takeFrames() {
    for (int i = 0; i < MOST_BATCHES && !in.hasNext(); i++) {
      if (takeEvents() < VirtualInterface.BATCH) {
        return;
      }
    }
  }

  /** Takes a batch of what the card tells; returns how many events. */
  @HotPath
  private int takeEvents() {
    int events = usable ? vi.poll() : 0;
    for (int i = 0; i < events && usable; i++) {
      long first = vi.firstHalf(i);
      int type = Event.type(first);
      if (type == Event.RX) {
        long second = vi.secondHalf(i);
        in.onPart(
            Event.id(first),
            Event.length(second),
            Event.startsFrame(second),
            Event.continues(second));
      } else if (type == Event.TX) {
        onSent(i);
      } else {
        onRareEvent(i, type);
      }
    }
    return events;
  }

  @HotPath
  private void onSent(int event) {
    int frames = vi.unbundleSent(event);
    for (int i = 0; i < frames; i++) {
      out.onSent(vi.id(i));
    }
  }

  private void onRareEvent(int event, int type) {
    switch (type) {
      case Event.RX_DISCARD -> {
        in.onUseless(Event.id(vi.firstHalf(event)));
        countDiscard(Event.discardKind(vi.secondHalf(event)));
      }
      case Event.RX_MULTI -> onReceivedTogether(event);
      case Event.RX_MULTI_DISCARD ->
        onUselessTogether(event, Event.multiDiscardKind(vi.secondHalf(event)));
      case Event.RX_NO_DESC_TRUNC -> {
        in.dropUnfinished();
        count(NicCounter.RECEIVE_OVERRUN);
      }
      case Event.TX_ERROR -> {
        count(NicCounter.SEND_FAILED);
        onDead("a frame could not be sent ("
            + Event.sendError(vi.firstHalf(event), vi.secondHalf(event)) + ")");
      }
      case Event.OFLOW -> onDead("the event queue has overflown");
      case Event.RESET -> onDead("the adapter was reset");
      default -> onDead("the card tells of what this backend does not know (event " + type + ")");
    }
  }

  /** Parts of frames never come so with the flags that a queue is opened with: their lengths would be anybody's guess. */
  private void onReceivedTogether(int event) {
    if (!Event.areWhole(vi.firstHalf(event))) {
      onUselessTogether(event, Event.OTHER);
      return;
    }
    int buffers = vi.unbundleReceived(event);
    for (int i = 0; i < buffers; i++) {
      int id = vi.id(i);
      in.onPart(id, in.receivedBytes(id), true, false);
    }
  }

  private void onUselessTogether(int event, int kind) {
    int buffers = vi.unbundleReceived(event);
    for (int i = 0; i < buffers; i++) {
      in.onUseless(vi.id(i));
      countDiscard(kind);
    }
  }

  private void countDiscard(int kind) {
    count(kind == Event.TRUNCATED ? NicCounter.RECEIVE_OVERSIZE : NicCounter.RECEIVE_DAMAGED);
    count(DISCARDS[kind]);
  }

  // ---- Receiving

  @Override
  public ByteBuffer receiveMemory() {
    return memory;
  }

  @HotPath
  @Override
  public long receive() {
    assert !in.holdsFrame() : "the current frame must be released first";
    if (!usable) {
      return EMPTY;
    }
    if (++receives % RECEIVES_PER_REFRESH == 0) {
      refresh();
    }
    takeFrames();
    for (int dropped = 0; dropped < MOST_DROPPED; dropped++) {
      long frame = in.next();
      if (frame == EMPTY) {
        return EMPTY;
      }
      if (isWithinMtu(memory, ReceivedFrame.offset(frame), ReceivedFrame.length(frame))) {
        count(NicCounter.FRAMES_RECEIVED);
        return frame;
      }
      count(NicCounter.RECEIVE_OVERSIZE);
      in.release(usable);
    }
    return EMPTY;
  }

  @HotPath
  @Override
  public void release() {
    assert in.holdsFrame() : "there is no current frame";
    in.release(usable);
  }

  // ---- Sending

  @Override
  public ByteBuffer transmitMemory() {
    return memory;
  }

  @HotPath
  @Override
  public int claim(int bytes) {
    assert bytes >= 0 && bytes <= features.largestFrame() : "no slot is that large";
    int offset = usable ? out.claim() : FULL;
    if (offset == FULL && usable) {
      out.ring();
      int unused = takeEvents();
      offset = usable ? out.claim() : FULL;
    }
    if (offset == FULL) {
      count(NicCounter.TRANSMIT_FULL);
    }
    return offset;
  }

  @HotPath
  @Override
  public void abandon(int offset) {
    assert out.isClaimed(offset) : "only a claimed slot can be given back";
    out.abandon(offset);
  }

  @HotPath
  @Override
  public void transmit(int offset, int length, int segmentSize, int flags) {
    assert out.isClaimed(offset) : "only a claimed slot can be sent";
    assert length <= features.largestFrame() : "no slot is that large";
    assert segmentSize == 0 : "this NIC cuts nothing up";
    if (!usable) {
      out.abandon(offset);
      count(NicCounter.SEND_FAILED);
      return;
    }
    out.transmit(offset, length);
    count(NicCounter.FRAMES_SENT);
  }

  @HotPath
  @Override
  public void ring() {
    if (usable) {
      out.ring();
    }
  }

  // ---- Waiting

  @Override
  public void await(long maxWaitNs) {
    if (closed()) {
      return;
    }
    ring();
    refreshBeforeAwait();
    takeFrames();
    if (!usable || !in.hasNext()) {
      sleep(maxWaitNs);
    } else {
      wait.await(-1, 0, 0); // a wake-up that is due ends here
    }
  }

  private void sleep(long maxWaitNs) {
    // What found no place in the ring has no event that would end the wait.
    long waitNs = usable && out.hasBacklog() ? Math.min(maxWaitNs, BACKLOG_WAIT_NS) : maxWaitNs;
    if (usable) {
      vi.prime(driver);
    }
    wait.await(usable ? driver : -1, LibC.POLLIN, waitNs);
  }

  // ---- Asked

  @Override
  public HostNetwork host() {
    return host;
  }

  /** In the network of the calling thread, where the interface must be. */
  @Override
  public NicTwin openTwin() throws IOException {
    HeapCard card = queue.playedCard(settings);
    HeapQueue twin = new HeapQueue(card, macAddress, largestMtu + ETHERNET_HEADER_BYTES);
    Filters filtersOfTwin = filters == null ? null : filters.ofTwin(twin);
    return EfviTwin.open(kernel.name(), twin, filtersOfTwin, host != null, settings);
  }

  @Override
  public NicFeatures features() {
    return features;
  }

  @Override
  public long macAddress() {
    return macAddress;
  }

  /** Where its struct ef_vi is, for tests. */
  long viAddress() {
    return vi.address();
  }

  @Override
  protected void refresh() {
    if (!usable) {
      return;
    }
    kernel.refresh();
    if (!kernel.exists()) {
      onDead("it has been deleted");
      return;
    }
    mtu = Math.min(kernel.mtu(), largestMtu);
    status = kernel.linkUp() ? NicStatus.UP : NicStatus.DOWN;
  }

  /** The queue is dead, and is not touched again. */
  private void onDead(String why) {
    if (filters != null) {
      filters.onDead();
    }
    fail("interface " + kernel.name() + " failed: " + why + "; close the NIC and open it again");
  }

  @Override
  protected void closeDevice() {
    if (host != null) {
      host.close();
    }
    queue.close();
    kernel.close();
  }
}
