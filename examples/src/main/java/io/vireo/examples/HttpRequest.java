// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;

/**
 * The head of an HTTP/1 request (RFC 9112): what this server wants to know of it, read in place and without allocation. A head that
 * has not arrived whole is read again from its beginning when there is more, so nothing is kept in between, and one object serves all
 * connections.
 */
final class HttpRequest {
  /** {@link #parse}: the head has not arrived whole. */
  static final int INCOMPLETE = 0;

  static final int LARGEST_HEAD_BYTES = 8 << 10;

  enum Method {
    GET,
    HEAD,
    PUT,
    POST,
    OTHER
  }

  private static final byte[] GET = ascii("GET");
  private static final byte[] HEAD = ascii("HEAD");
  private static final byte[] PUT = ascii("PUT");
  private static final byte[] POST = ascii("POST");
  private static final byte[] BYTES = ascii("/bytes/");
  private static final byte[] HTTP = ascii("HTTP/");
  private static final byte[] HTTP_1_0 = ascii("HTTP/1.0");
  private static final byte[] HTTP_1_1 = ascii("HTTP/1.1");
  private static final byte[] CONNECTION = ascii("connection");
  private static final byte[] CLOSE = ascii("close");
  private static final byte[] KEEP_ALIVE = ascii("keep-alive");
  private static final byte[] CONTENT_LENGTH = ascii("content-length");
  private static final byte[] EXPECT = ascii("expect");
  private static final byte[] CONTINUE = ascii("100-continue");
  private static final byte[] TRANSFER_ENCODING = ascii("transfer-encoding");

  private static final long NONE = -1;
  private static final long NO_NUMBER = -2;
  private static final int MOST_DIGITS = 15;

  private ByteBuffer memory;
  private Method method;
  private long pathBytes;
  private long contentLength;
  private boolean version10;
  private boolean lastOfConnection;
  private boolean keepAlive;
  private boolean expectsContinue;
  private int fault;

  private static byte[] ascii(String text) {
    return text.getBytes(US_ASCII);
  }

  Method method() {
    return method;
  }

  /** N of a path /bytes/N, or -1: another path. */
  long pathBytes() {
    return pathBytes;
  }

  /** Bytes of body behind the head. */
  long contentLength() {
    return Math.max(contentLength, 0);
  }

  /** Whether the client wants the connection to end after the answer: it said so, or it speaks HTTP/1.0 and did not say otherwise. */
  boolean lastOfConnection() {
    return lastOfConnection || (version10 && !keepAlive);
  }

  /** Whether the answer has to say that the connection goes on, since in HTTP/1.0 it does not unless both want it (RFC 9112 9.3). */
  boolean wantsKeepAliveSaid() {
    return version10 && !lastOfConnection();
  }

  /** Whether the client waits for a word before it sends the body. */
  boolean expectsContinue() {
    return expectsContinue && !version10; // RFC 9110 10.1.1
  }

  /**
   * Reads the head at the beginning of memory[offset, offset + length). Returns its length in bytes, INCOMPLETE, or the negative of
   * the status to refuse it with.
   */
  int parse(ByteBuffer memory, int offset, int length) {
    this.memory = memory;
    method = null;
    pathBytes = NONE;
    contentLength = NONE;
    lastOfConnection = false;
    keepAlive = false;
    expectsContinue = false;
    fault = 0;
    int end = offset + Math.min(length, LARGEST_HEAD_BYTES);
    int line = offset;
    while (fault == 0) {
      int newline = find('\n', line, end);
      if (newline == end) {
        return length >= LARGEST_HEAD_BYTES ? -431 : INCOMPLETE;
      }
      int lineEnd = newline > line && memory.get(newline - 1) == '\r' ? newline - 1 : newline;
      if (lineEnd > line && method == null) {
        onRequestLine(line, lineEnd);
      } else if (lineEnd > line) {
        onField(line, lineEnd);
      } else if (method != null) {
        return newline + 1 - offset;
      } // else: an empty line before the request, which is allowed (RFC 9112 2.2)
      line = newline + 1;
    }
    return -fault;
  }

  private void onRequestLine(int from, int to) {
    int methodEnd = find(' ', from, to);
    int target = methodEnd + 1;
    int targetEnd = find(' ', Math.min(target, to), to);
    int version = targetEnd + 1;
    method = methodOf(from, methodEnd);
    version10 = equal(HTTP_1_0, version, to);
    if (!version10 && !equal(HTTP_1_1, version, to)) {
      fault = version + HTTP.length <= to
              && equal(HTTP, version, version + HTTP.length)
              && find(' ', version, to) == to
          ? 505
          : 400;
    }
    int digits = target + BYTES.length;
    if (digits < targetEnd && equal(BYTES, target, digits)) {
      pathBytes = number(digits, targetEnd);
      if (pathBytes == NO_NUMBER && fault == 0) {
        fault = 404;
      }
    }
  }

  private Method methodOf(int from, int to) {
    if (equal(GET, from, to)) {
      return Method.GET;
    } else if (equal(HEAD, from, to)) {
      return Method.HEAD;
    } else if (equal(PUT, from, to)) {
      return Method.PUT;
    } else {
      return equal(POST, from, to) ? Method.POST : Method.OTHER;
    }
  }

  private void onField(int from, int to) {
    int colon = find(':', from, to);
    // No colon, no name, a space before the colon or a folded line: ways to make two servers see
    // two different requests (RFC 9112 5.1, 5.2).
    if (colon == to || colon == from || isBlank(colon - 1) || isBlank(from)) {
      fault = 400;
      return;
    }
    int value = colon + 1;
    int valueEnd = to;
    while (value < valueEnd && isBlank(value)) {
      value++;
    }
    while (valueEnd > value && isBlank(valueEnd - 1)) {
      valueEnd--;
    }
    if (equal(CONTENT_LENGTH, from, colon)) {
      long number = number(value, valueEnd);
      if (number == NO_NUMBER || (contentLength != NONE && contentLength != number)) {
        fault = 400;
      }
      contentLength = number;
    } else if (equal(CONNECTION, from, colon)) {
      lastOfConnection |= lists(CLOSE, value, valueEnd);
      keepAlive |= lists(KEEP_ALIVE, value, valueEnd);
    } else if (equal(EXPECT, from, colon)) {
      expectsContinue = equal(CONTINUE, value, valueEnd);
    } else if (equal(TRANSFER_ENCODING, from, colon)) {
      fault = 411; // no chunks here: the length must be known
    }
  }

  /** Whether a list of words, separated by commas, holds the word. */
  private boolean lists(byte[] word, int from, int to) {
    int start = from;
    while (start < to) {
      int comma = find(',', start, to);
      int end = comma;
      while (end > start && isBlank(end - 1)) {
        end--;
      }
      if (equal(word, start, end)) {
        return true;
      }
      start = comma + 1;
      while (start < to && isBlank(start)) {
        start++;
      }
    }
    return false;
  }

  private int find(char what, int from, int to) {
    int at = from;
    while (at < to && memory.get(at) != what) {
      at++;
    }
    return at;
  }

  private boolean isBlank(int at) {
    byte b = memory.get(at);
    return b == ' ' || b == '\t';
  }

  /** Upper and lower case alike where the word is in lower case. */
  private boolean equal(byte[] word, int from, int to) {
    if (to - from != word.length) {
      return false;
    }
    for (int i = 0; i < word.length; i++) {
      int b = memory.get(from + i);
      boolean capital = b >= 'A' && b <= 'Z';
      if (b != word[i] && !(capital && b + ('a' - 'A') == word[i])) {
        return false;
      }
    }
    return true;
  }

  private long number(int from, int to) {
    if (from == to || to - from > MOST_DIGITS) {
      return NO_NUMBER;
    }
    long number = 0;
    for (int at = from; at < to; at++) {
      int digit = memory.get(at) - '0';
      if (digit < 0 || digit > 9) {
        return NO_NUMBER;
      }
      number = 10 * number + digit;
    }
    return number;
  }
}
