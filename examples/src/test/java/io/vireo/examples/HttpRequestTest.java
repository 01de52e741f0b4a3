// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.examples.HttpRequest.Method;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class HttpRequestTest {
  private final HttpRequest request = new HttpRequest();

  /** In a buffer of exactly this size, somewhere in the middle: to read beyond it throws. */
  private int parse(String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    ByteBuffer memory = ByteBuffer.allocateDirect(7 + bytes.length).put(7, bytes);
    return request.parse(memory, 7, bytes.length);
  }

  @Test
  void readsWhatItNeeds() {
    String head = String.join(
        "\r\n",
        "PUT /bytes/17 HTTP/1.1",
        "Host: a:80",
        "content-LENGTH: \t 12 ",
        "Expect: 100-Continue",
        "Connection: upgrade ,close",
        "\r\n");
    assertEquals(head.length(), parse(head + "body"));
    assertEquals(Method.PUT, request.method());
    assertEquals(17, request.pathBytes());
    assertEquals(12, request.contentLength());
    assertTrue(request.expectsContinue());
    assertTrue(request.lastOfConnection());
  }

  @Test
  void forgetsTheFormerRequest() {
    parse("PUT /bytes/17 HTTP/1.0\r\nContent-Length: 12\r\nExpect: 100-continue\r\n\r\n");
    assertFalse(request.expectsContinue(), "no such thing in HTTP/1.0");
    assertTrue(request.lastOfConnection());
    parse("GET / HTTP/1.1\r\n\r\n");
    assertEquals(Method.GET, request.method());
    assertEquals(-1, request.pathBytes());
    assertEquals(0, request.contentLength());
    assertFalse(request.expectsContinue());
    assertFalse(request.lastOfConnection());
  }

  @Test
  void everyBeginningOfAHeadIsIncomplete() {
    String head = "\r\nGET /bytes/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    for (int length = 0; length < head.length(); length++) {
      assertEquals(HttpRequest.INCOMPLETE, parse(head.substring(0, length)));
    }
    assertEquals(head.length(), parse(head));
  }

  @Test
  void linesMayEndWithoutCarriageReturn() {
    String head = "\nGET / HTTP/1.1\nHost: a\n\n";
    assertEquals(head.length(), parse(head + "\n"));
  }

  @Test
  void namesAreNotMistakenForLongerOnes() {
    parse("GETS /bytes/ HTTP/1.1\r\nConnections: close\r\nConnection: closed\r\nExpec: 1\r\n\r\n");
    assertEquals(Method.OTHER, request.method());
    assertEquals(-1, request.pathBytes());
    assertFalse(request.lastOfConnection());
  }

  @Test
  void limitIsExact() {
    String begin = "GET / HTTP/1.1\r\na: ";
    String fits =
        begin + "x".repeat(HttpRequest.LARGEST_HEAD_BYTES - begin.length() - 4) + "\r\n\r\n";
    assertEquals(HttpRequest.LARGEST_HEAD_BYTES, parse(fits + "rest"));
    assertEquals(-431, parse(fits.replace("\r\n\r\n", "x\r\n\r\n")));
  }

  @Test
  void rubbishNeitherThrowsNorIsReadBeyond() {
    String letters = "GET /bytes/1HTTP.0\r\n\r\n: \t,closecontent-length:connection:";
    for (long seed = 0; seed < 20_000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      StringBuilder text = new StringBuilder(random.nextBoolean() ? "GET / HTTP/1.1\r\n" : "");
      for (int i = random.nextInt(60); i > 0; i--) {
        int from = random.nextInt(letters.length());
        text.append(letters, from, Math.min(letters.length(), from + 1 + random.nextInt(15)));
      }
      int result = parse(text.toString());
      assertTrue(result <= text.length(), "seed " + seed);
    }
  }
}
