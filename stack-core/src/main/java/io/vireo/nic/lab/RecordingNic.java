// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.lab;

import io.vireo.nic.Nic;
import io.vireo.nic.ReceivedFrame;
import io.vireo.time.NanoClock;
import io.vireo.time.WallClock;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Wraps any NIC and writes every frame that it receives and sends to a pcapng file, with its direction and nanoseconds, for
 * Wireshark and its kin. A sent frame is recorded as it was handed to the NIC: checksums that the NIC fills in are not in it.
 *
 * <p>Frames are collected in a buffer and written when that is full, when the stack has time ({@link #await}) and on {@link
 * #close()}. When writing fails, recording stops, traffic goes on, and {@link #recordingFailure()} says why.
 */
public final class RecordingNic extends WrappedNic {
  private final NanoClock clock;
  private final String target;
  private final OutputStream out;
  private final PcapngWriter writer;
  private long recorded;
  private IOException recordingFailure;
  private boolean closed;

  /** Records into {@code file}, which is replaced. IOException: it cannot be written. */
  public RecordingNic(Nic nic, Path file) throws IOException {
    this(nic, new WallClock(), file.toString(), create(file));
  }

  private static OutputStream create(Path file) throws IOException {
    try {
      return Files.newOutputStream(file);
    } catch (NoSuchFileException e) {
      throw new IOException("cannot record into " + file + ": there is no such directory", e);
    } catch (AccessDeniedException e) {
      throw new IOException("cannot record into " + file + ": permission denied", e);
    } catch (FileSystemException e) {
      throw new IOException("cannot record into \"" + file + "\": " + e.getReason(), e);
    }
  }

  /**
   * Records into a stream, which is closed with the NIC.
   *
   * @param clock what the timestamps are taken from: nanoseconds, shown as since 1970
   * @throws IOException if the stream cannot be written
   */
  public RecordingNic(Nic nic, NanoClock clock, OutputStream out) throws IOException {
    this(nic, clock, "a stream", out);
  }

  private RecordingNic(Nic nic, NanoClock clock, String target, OutputStream out)
      throws IOException {
    super(nic);
    this.clock = clock;
    this.target = target;
    this.out = out;
    try {
      this.writer = new PcapngWriter(out, nic.macAddress(), nic.features().largestFrame());
    } catch (IOException e) {
      try (out) {
        throw new IOException("cannot record into " + target + ": " + e.getMessage(), e);
      }
    }
  }

  /** How many frames have been recorded. */
  public long recorded() {
    return recorded;
  }

  /** Why recording has stopped, and after how many frames; null as long as all is recorded. */
  public IOException recordingFailure() {
    return recordingFailure;
  }

  /** Writes what has been collected. */
  public void flush() {
    if (recordingFailure == null && !closed) {
      try {
        writer.flush();
      } catch (IOException e) {
        stop(e);
      }
    }
  }

  private void record(ByteBuffer memory, int offset, int length, int direction) {
    if (recordingFailure == null && !closed) {
      try {
        writer.write(memory, offset, length, clock.nanoTime(), direction);
        recorded++;
      } catch (IOException e) {
        stop(e);
      }
    }
  }

  private void stop(IOException cause) {
    recordingFailure = new IOException(
        "recording to " + target + " stopped, of " + recorded + " frames the last are missing: "
            + cause.getMessage(),
        cause);
  }

  @Override
  public long receive() {
    long frame = nic.receive();
    if (frame != EMPTY) {
      record(
          nic.receiveMemory(),
          ReceivedFrame.offset(frame),
          ReceivedFrame.length(frame),
          PcapngWriter.INBOUND);
    }
    return frame;
  }

  @Override
  public void transmit(int offset, int length, int segmentSize, int flags) {
    record(nic.transmitMemory(), offset, length, PcapngWriter.OUTBOUND);
    nic.transmit(offset, length, segmentSize, flags);
  }

  @Override
  public void await(long maxWaitNs) {
    flush();
    nic.await(maxWaitNs);
  }

  /** Writes what has been collected, and closes the file and the NIC. */
  @Override
  public void close() {
    flush();
    if (!closed) {
      closed = true;
      try {
        out.close();
      } catch (IOException e) {
        if (recordingFailure == null) {
          stop(e);
        }
      }
    }
    nic.close();
  }
}
