// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.CloseReason;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The HTTP server over a wire in memory. */
class HttpServerTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final String OK = "HTTP/1.1 200 OK\r\nServer: Vireo\r\n";
  private static final String TEXT =
      "Content-Type: text/plain\r\nContent-Length: " + HttpServer.BODY.length() + "\r\n";
  private static final String ANSWER = OK + TEXT + "\r\n" + HttpServer.BODY;
  private static final String LAST_ANSWER =
      OK + TEXT + "Connection: close\r\n\r\n" + HttpServer.BODY;

  private final HttpServer http = new HttpServer();
  private final MemoryNetwork network = new MemoryNetwork(http);
  private final ScriptedClient client = network.connect();

  private static String headOfPattern(int bytes) {
    return OK + "Content-Type: application/octet-stream\r\nContent-Length: " + bytes + "\r\n\r\n";
  }

  private static byte[] pattern(int bytes) {
    ByteBuffer pattern = ByteBuffer.allocate(bytes);
    PatternBytes.fill(pattern, 0, bytes, 0);
    return pattern.array();
  }

  private static String answerToUpload(byte... bytes) throws Exception {
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
    String body =
        "Received " + bytes.length + " bytes, SHA-256 " + HexFormat.of().formatHex(hash);
    return OK + "Content-Type: text/plain\r\nContent-Length: " + (body.length() + 1) + "\r\n\r\n"
        + body + "\n";
  }

  private static String refusal(String status) {
    return "HTTP/1.1 " + status
        + "\r\nServer: Vireo\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  }

  private void receivesPattern(int bytes) {
    String head = headOfPattern(bytes);
    byte[] answer = client.receives(head.length() + bytes);
    assertEquals(head, new String(answer, 0, head.length(), ISO_8859_1));
    assertArrayEquals(pattern(bytes), Arrays.copyOfRange(answer, head.length(), answer.length));
  }

  @Test
  void answersGetAfterGetOnOneConnection() {
    client.sends(GET).receives(ANSWER);
    client.sends("GET /any/path?query HTTP/1.1\r\n\r\n").receives(ANSWER);
    client.finishes().receivesFin();
    client.ends();
    assertEquals(2, http.requests());
  }

  @Test
  void answersHeadWithoutBody() {
    client.sends("HEAD / HTTP/1.1\r\n\r\n").receives(OK + TEXT + "\r\n");
    client.sends("HEAD /bytes/5000 HTTP/1.1\r\n\r\n").receives(headOfPattern(5000));
    client.sends(GET).receives(ANSWER);
  }

  @Test
  void readsRequestThatArrivesByteAfterByte() {
    for (int i = 0; i < GET.length(); i++) {
      client.sends(GET.substring(i, i + 1));
      network.pass(1_000_000);
    }
    client.receives(ANSWER);
  }

  @Test
  void answersPipelinedRequestsInOrder() {
    client.sends(
        GET + "HEAD / HTTP/1.1\r\n\r\n" + "GET /bytes/3 HTTP/1.1\r\n\r\n" + GET.substring(0, 9));
    String three = new String(pattern(3), ISO_8859_1);
    client.receives(ANSWER + OK + TEXT + "\r\n" + headOfPattern(3) + three);
    client.sends(GET.substring(9)).receives(ANSWER);
  }

  @Test
  void clientThatDoesNotReadIsSlowedDown() {
    int requests = 20_000;
    client.stopsReading();
    client.sends(GET.repeat(requests));
    network.pass(5_000_000_000L);
    assertTrue(client.sent() < GET.length() * requests / 2, () -> client.sent() + " bytes taken");
    client.readsAgain();
    byte[] answers = client.receives(ANSWER.length() * requests);
    assertArrayEquals(ANSWER.repeat(requests).getBytes(ISO_8859_1), answers);
    assertEquals(requests, http.requests());
  }

  @Test
  void pipelinedRequestsAreAnsweredAfterHalfClose() {
    int requests = 5_000; // their answers are more than the send buffer holds
    client.sends(GET.repeat(requests)).finishes();
    client.receives(ANSWER.length() * requests);
    client.receivesFin();
    client.ends();
  }

  @Test
  void downloadIsThePatternAndTheConnectionGoesOn() {
    client.sends("GET /bytes/1000000 HTTP/1.1\r\n\r\n");
    receivesPattern(1_000_000);
    client.sends("GET /bytes/0 HTTP/1.1\r\n\r\n").receives(headOfPattern(0));
    client.sends(GET).receives(ANSWER);
  }

  @Test
  void downloadGoesOnAfterHalfClose() {
    client.sends("GET /bytes/1000000 HTTP/1.1\r\n\r\n").finishes();
    receivesPattern(1_000_000);
    client.receivesFin();
    client.ends();
  }

  @Test
  void downloadWaitsForSlowReader() {
    client.sends("GET /bytes/1000000 HTTP/1.1\r\n\r\n");
    for (int i = 0; i < 10; i++) {
      client.stopsReading();
      network.pass(3_000_000_000L);
      client.readsAgain();
      network.pass(100_000);
    }
    receivesPattern(1_000_000);
  }

  @Test
  void resetInTheMiddleOfADownloadLeavesNothingBehind() {
    client.sends("GET /bytes/1000000000 HTTP/1.1\r\n\r\n");
    network.pass(1_000_000);
    client.resets();
    client.endsWith(CloseReason.ABORTED);
    network.run(() -> network.server.connectionCount() == 0, "the server's end");
    ScriptedClient next = network.connect(); // may get the same state object
    next.sends(GET).receives(ANSWER);
  }

  @Test
  void uploadIsAnsweredWithItsHash() throws Exception {
    byte[] bytes = pattern(1_000_000);
    client.sends("POST /x HTTP/1.1\r\nContent-Length: " + bytes.length + "\r\n\r\n");
    network.pass(1_000_000);
    client.sends(bytes).receives(answerToUpload(bytes));
    client.sends("PUT /x HTTP/1.1\r\nContent-Length: 0\r\n\r\n").receives(answerToUpload());
    client.sends("PUT /x HTTP/1.1\r\n\r\n").receives(answerToUpload());
  }

  @Test
  void requestBehindAnUploadIsAnsweredAfterIt() throws Exception {
    client.sends("PUT /x HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc" + GET);
    client.receives(answerToUpload((byte) 'a', (byte) 'b', (byte) 'c') + ANSWER);
  }

  @Test
  void clientThatExpectsItIsToldToContinue() throws Exception {
    client.sends("PUT /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
    client.receives("HTTP/1.1 100 Continue\r\nServer: Vireo\r\n\r\n");
    client.sends("a").receives(answerToUpload((byte) 'a'));
    // It did not wait: there is nothing to tell.
    client.sends("PUT /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na");
    client.receives(answerToUpload((byte) 'a'));
    client.sends("PUT /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n");
    client.receives(answerToUpload());
  }

  @Test
  void closesAfterTheAnswerWhenAsked() {
    client.sends("GET / HTTP/1.1\r\nConnection: keep-alive, Close\r\n\r\n" + GET);
    client.receives(LAST_ANSWER);
    client.receivesFin();
    client.sends(GET).finishes().ends();
    assertEquals(1, http.requests());
  }

  @Test
  void uploadIsTheLastOfTheConnectionWhenAsked() throws Exception {
    client.sends("PUT / HTTP/1.1\r\nConnection: close\r\nContent-Length: 2\r\n\r\na");
    network.pass(1_000_000_000L);
    client.sends("b");
    client.receives(answerToUpload((byte) 'a', (byte) 'b')
        .replace("Server: Vireo\r\n", "Server: Vireo\r\nConnection: close\r\n"));
    client.receivesFin();
    client.finishes().ends();
  }

  @Test
  void http10EndsWithTheAnswer() {
    client.sends("GET / HTTP/1.0\r\n\r\n").receives(LAST_ANSWER);
    client.receivesFin();
    client.finishes().ends();
  }

  @Test
  void http10GoesOnWhenAskedAndTold() throws Exception {
    String said = "Connection: keep-alive\r\n";
    String ask = "HTTP/1.0\r\nConnection: Keep-Alive\r\n";
    client.sends("GET / " + ask + "\r\n").receives(OK + TEXT + said + "\r\n" + HttpServer.BODY);
    client.sends("HEAD /bytes/7 " + ask + "\r\n");
    client.receives(headOfPattern(7).replace(OK, OK + said));
    client.sends("PUT / " + ask + "Content-Length: 1\r\n\r\na");
    client.receives(answerToUpload((byte) 'a').replace(OK, OK + said));
    client.sends("GET / HTTP/1.0\r\n\r\n").receives(LAST_ANSWER);
    client.receivesFin();
    client.finishes().ends();
  }

  @Test
  void halfRequestAndHalfUploadEndWithTheirClient() throws Exception {
    client.sends("GET / HT").finishes().receivesFin();
    client.ends();
    ScriptedClient uploading = network.connect();
    uploading.sends("PUT / HTTP/1.1\r\nContent-Length: 2\r\n\r\na").finishes().receivesFin();
    uploading.ends();
    // The next one may get the same state object.
    network.connect().sends("PUT / HTTP/1.1\r\n\r\n").receives(answerToUpload());
  }

  @ParameterizedTest
  @CsvSource({
    "GET / HTTP/1.1|GET|, 400 Bad Request",
    "GET /|, 400 Bad Request",
    "GET|, 400 Bad Request",
    "GET / HTTP/1.1|a : b||, 400 Bad Request",
    "GET / HTTP/1.1|a: b| c||, 400 Bad Request",
    "GET / HTTP/1.1|: b||, 400 Bad Request",
    "GET / HTTP/1.1|Content-Length: 1||a, 400 Bad Request",
    "PUT / HTTP/1.1|Content-Length: -1||, 400 Bad Request",
    "PUT / HTTP/1.1|Content-Length:||, 400 Bad Request",
    "PUT / HTTP/1.1|Content-Length: 1|Content-Length: 2||a, 400 Bad Request",
    "PUT / HTTP/1.1|Content-Length: 99999999999999999999||a, 400 Bad Request",
    "PUT / HTTP/1.1|Transfer-Encoding: chunked||1|a|0||, 411 Length Required",
    "GET /bytes/x HTTP/1.1||, 404 Not Found",
    "GET /bytes/99999999999999999999 HTTP/1.1||, 404 Not Found",
    "GET / HTTP/2.0||, 505 HTTP Version Not Supported",
  })
  void refusesAndCloses(String request, String status) {
    client.sends(request.replace("|", "\r\n")).receives(refusal(status));
    client.receivesFin();
    client.finishes().ends();
  }

  @Test
  void refusesOtherMethods() {
    client.sends("DELETE / HTTP/1.1\r\n\r\n");
    client.receives(refusal("405 Method Not Allowed")
        .replace("Content-Length", "Allow: GET, HEAD, PUT, POST\r\nContent-Length"));
    client.receivesFin();
    client.finishes().ends();
  }

  @Test
  void headThatIsTooLongIsRefusedWhileItComes() {
    String endless = "GET / HTTP/1.1\r\nCookie: " + "x".repeat(200_000);
    client.sends(endless).receives(refusal("431 Request Header Fields Too Large"));
    client.receivesFin();
    client.finishes().ends(); // the rest was taken and dropped, so that the refusal arrives
  }
}
