// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.vireo.TcpConnection;
import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** What one connection of the {@link HttpServer} is about: the upload that comes in, the answer that goes out. */
final class HttpExchange {
  private static final byte[] OK = ascii("HTTP/1.1 200 OK\r\nServer: Vireo\r\n");
  private static final byte[] CLOSE = ascii("Connection: close\r\n");
  private static final byte[] KEEP_ALIVE = ascii("Connection: keep-alive\r\n");
  private static final byte[] OCTETS =
      ascii("Content-Type: application/octet-stream\r\nContent-Length: ");
  private static final byte[] TEXT = ascii("Content-Type: text/plain\r\nContent-Length: ");
  private static final byte[] END_OF_HEAD = ascii("\r\n\r\n");
  private static final byte[] RECEIVED = ascii("Received ");
  private static final byte[] BYTES_SHA256 = ascii(" bytes, SHA-256 ");
  private static final byte[] HEX = ascii("0123456789abcdef");
  private static final int SHA256_BYTES = 32;
  private static final int LARGEST_OWN_ANSWER = 512;

  private static byte[] ascii(String text) {
    return text.getBytes(US_ASCII);
  }

  // The answer on its way: answer[answerOffset, answerEnd), then the pattern from patternPosition
  // to patternEnd.
  private ByteBuffer answer;
  private int answerOffset;
  private int answerEnd;
  private long patternPosition;
  private long patternEnd;

  /** The connection ends behind the present answer. */
  private boolean last;

  private boolean finished;

  /** The present answer says that the connection goes on. */
  private boolean keepAliveSaid;

  private boolean uploading;
  private long uploadBytes;
  private long uploadLeft;

  // Made when first needed, and kept for later connections.
  private ByteBuffer ownAnswer;
  private MessageDigest digest;
  private byte[] hash;

  /** For another connection. */
  void reset() {
    answerOffset = answerEnd;
    patternPosition = patternEnd;
    last = false;
    finished = false;
    uploading = false;
  }

  /** Answers with bytes that stand ready. */
  void answer(ByteBuffer bytes, int length) {
    answer = bytes;
    answerOffset = 0;
    answerEnd = length;
  }

  /** Answers with the first {@code bytes} of the pattern, or, without body, as if. */
  void answerPattern(long bytes, boolean body) {
    beginOwnAnswer().put(OCTETS);
    putDecimal(bytes);
    ownAnswer.put(END_OF_HEAD);
    answer(ownAnswer, ownAnswer.position());
    patternPosition = 0;
    patternEnd = body ? bytes : 0;
  }

  /** The connection ends behind the present answer, or at once if there is none. */
  void endAfterAnswer() {
    last = true;
  }

  /** For the answers from here on. */
  void sayKeepAlive(boolean said) {
    keepAliveSaid = said;
  }

  boolean endsAfterAnswer() {
    return last;
  }

  boolean finished() {
    return finished;
  }

  /**
   * Sends as much of the answer as the send buffer takes; behind the last one, our FIN. Returns true once all of it has been taken. If
   * not, a send came up short, and so onMoreSendable will follow.
   *
   * @param chunk memory to work in
   */
  boolean sendAnswer(TcpConnection<HttpExchange> connection, ByteBuffer chunk) {
    if (answerOffset < answerEnd) {
      answerOffset += connection.send(answer, answerOffset, answerEnd - answerOffset);
      if (answerOffset < answerEnd) {
        return false;
      }
    }
    while (patternPosition < patternEnd) {
      int length = (int) Math.min(chunk.capacity(), patternEnd - patternPosition);
      PatternBytes.fill(chunk, 0, length, patternPosition);
      int taken = connection.send(chunk, 0, length);
      patternPosition += taken;
      if (taken < length) {
        return false;
      }
    }
    if (last && !uploading && !finished) {
      finished = true;
      connection.sendFin();
    }
    return true;
  }

  // ---- Uploads

  boolean uploading() {
    return uploading;
  }

  void beginUpload(long bytes) {
    if (digest == null) {
      digest = sha256();
      hash = new byte[SHA256_BYTES];
    }
    digest.reset();
    uploading = true;
    uploadBytes = bytes;
    uploadLeft = bytes;
    endUploadIfComplete();
  }

  /** Takes what belongs to the upload; returns how much. */
  int onUpload(ByteBuffer memory, int offset, int length) {
    int used = (int) Math.min(length, uploadLeft);
    int limit = memory.limit();
    digest.update(memory.limit(offset + used).position(offset));
    memory.limit(limit);
    uploadLeft -= used;
    endUploadIfComplete();
    return used;
  }

  private void endUploadIfComplete() {
    if (uploadLeft == 0) {
      uploading = false;
      answerHash();
    }
  }

  /** The peer has finished before its upload was complete: there is nothing to answer. */
  void dropUpload() {
    uploading = false;
  }

  private void answerHash() {
    try {
      digest.digest(hash, 0, hash.length);
    } catch (DigestException e) {
      throw new AssertionError(e); // 32 bytes are enough for SHA-256
    }
    beginOwnAnswer().put(TEXT);
    putDecimal(RECEIVED.length + digits(uploadBytes) + BYTES_SHA256.length + 2 * hash.length + 1);
    ownAnswer.put(END_OF_HEAD).put(RECEIVED);
    putDecimal(uploadBytes);
    ownAnswer.put(BYTES_SHA256);
    for (byte b : hash) {
      ownAnswer.put(HEX[(b >>> 4) & 0xF]).put(HEX[b & 0xF]);
    }
    ownAnswer.put((byte) '\n');
    answer(ownAnswer, ownAnswer.position());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every Java platform has it
    }
  }

  // ---- Answers with figures in them

  private ByteBuffer beginOwnAnswer() {
    if (ownAnswer == null) {
      ownAnswer = ByteBuffer.allocateDirect(LARGEST_OWN_ANSWER);
    }
    ownAnswer.clear().put(OK);
    if (last) {
      ownAnswer.put(CLOSE);
    } else if (keepAliveSaid) {
      ownAnswer.put(KEEP_ALIVE);
    }
    return ownAnswer;
  }

  private void putDecimal(long number) {
    int position = ownAnswer.position() + digits(number);
    long rest = number;
    for (int at = position - 1; at >= ownAnswer.position(); at--) {
      ownAnswer.put(at, (byte) ('0' + rest % 10));
      rest /= 10;
    }
    ownAnswer.position(position);
  }

  private static int digits(long number) {
    int digits = 1;
    for (long rest = number; rest >= 10; rest /= 10) {
      digits++;
    }
    return digits;
  }
}
