// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import io.vireo.api.CloseReason;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * HTTP/1.1 with keep-alive and pipelining. Every GET is answered with a fixed body; GET /bytes/N with N bytes that look random and
 * are always the same; PUT and POST with how much came and its SHA-256.
 *
 * <p>Requests are read where they lie. A head that has not arrived whole is returned as left over and comes again with the bytes that
 * follow it, in one piece. While an answer does not fit into the send buffer, the requests behind it are left over too: a client that
 * sends but does not read is slowed down, at the cost of no memory.
 */
final class HttpServer implements TcpHandler<HttpExchange> {
  static final String BODY = "Hello from Vireo, a TCP/IP stack in Java.\n";
  private static final int CHUNK_BYTES = 16 << 10;

  /** An answer that stands ready: all of it, or its head for a HEAD. */
  private record Ready(ByteBuffer bytes, int headLength) {
    static Ready of(String status, String fields, String body) {
      String head = "HTTP/1.1 " + status + "\r\nServer: Vireo\r\n" + fields + "\r\n";
      byte[] bytes = (head + body).getBytes(US_ASCII);
      return new Ready(ByteBuffer.allocateDirect(bytes.length).put(bytes), head.length());
    }

    static Ready refusal(String status, String fields) {
      return of(status, fields + "Content-Length: 0\r\nConnection: close\r\n", "");
    }
  }

  private static final String FIELDS =
      "Content-Type: text/plain\r\nContent-Length: " + BODY.length() + "\r\n";

  private final Ready fixed = Ready.of("200 OK", FIELDS, BODY);
  private final Ready fixedAndClose = Ready.of("200 OK", FIELDS + "Connection: close\r\n", BODY);
  private final Ready fixedAndKeepAlive =
      Ready.of("200 OK", FIELDS + "Connection: keep-alive\r\n", BODY);
  private final Ready goOn = Ready.of("100 Continue", "", "");
  private final Ready badRequest = Ready.refusal("400 Bad Request", "");
  private final Ready notFound = Ready.refusal("404 Not Found", "");
  private final Ready notAllowed =
      Ready.refusal("405 Method Not Allowed", "Allow: GET, HEAD, PUT, POST\r\n");
  private final Ready lengthRequired = Ready.refusal("411 Length Required", "");
  private final Ready headTooLarge = Ready.refusal("431 Request Header Fields Too Large", "");
  private final Ready otherVersion = Ready.refusal("505 HTTP Version Not Supported", "");

  private final HttpRequest request = new HttpRequest();
  private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
  private final ArrayDeque<HttpExchange> unused = new ArrayDeque<>();
  private long requests;

  /** How many requests have come. */
  long requests() {
    return requests;
  }

  @Override
  public void onConnectionEstablished(TcpConnection<HttpExchange> connection) {
    connection.attach(unused.isEmpty() ? new HttpExchange() : unused.pop());
  }

  @Override
  public int onData(
      TcpConnection<HttpExchange> connection, ByteBuffer memory, int offset, int length) {
    HttpExchange exchange = connection.attachment();
    int position = offset;
    int end = offset + length;
    // One answer after the other, in the order of the requests.
    while (exchange.sendAnswer(connection, chunk) && position < end && !exchange.finished()) {
      int used = exchange.uploading()
          ? exchange.onUpload(memory, position, end - position)
          : onRequest(exchange, memory, position, end - position);
      if (used == HttpRequest.INCOMPLETE) {
        break;
      }
      position += used;
    }
    return exchange.finished() ? 0 : end - position; // behind the last answer, nothing counts
  }

  @Override
  public void onMoreSendable(TcpConnection<HttpExchange> connection) {
    connection.attachment().sendAnswer(connection, chunk); // onData follows if bytes are left over
  }

  @Override
  public void onFin(
      TcpConnection<HttpExchange> connection, ByteBuffer memory, int offset, int length) {
    HttpExchange exchange = connection.attachment();
    exchange.dropUpload();
    exchange.endAfterAnswer(); // which may take its time: the client still reads
    exchange.sendAnswer(connection, chunk);
  }

  @Override
  public void onConnectionClosed(TcpConnection<HttpExchange> connection, CloseReason reason) {
    HttpExchange exchange = connection.attachment();
    exchange.reset();
    unused.push(exchange);
  }

  /** Returns how many bytes it took; the answer is under way in the exchange, unless an upload comes first. */
  private int onRequest(HttpExchange exchange, ByteBuffer memory, int offset, int length) {
    int headLength = request.parse(memory, offset, length);
    if (headLength == HttpRequest.INCOMPLETE) {
      return HttpRequest.INCOMPLETE;
    }
    requests++;
    if (headLength < 0) {
      refuse(exchange, refusal(-headLength));
      return length;
    }
    if (request.lastOfConnection()) {
      exchange.endAfterAnswer();
    }
    exchange.sayKeepAlive(request.wantsKeepAliveSaid());
    switch (request.method()) {
      case GET, HEAD -> onGet(exchange, request.method() == HttpRequest.Method.GET);
      case PUT, POST -> {
        exchange.beginUpload(request.contentLength());
        if (request.expectsContinue() && exchange.uploading() && length == headLength) {
          exchange.answer(goOn.bytes(), goOn.headLength());
        }
      }
      default -> refuse(exchange, notAllowed);
    }
    return headLength;
  }

  private void onGet(HttpExchange exchange, boolean body) {
    if (request.contentLength() > 0) {
      refuse(exchange, badRequest);
    } else if (request.pathBytes() >= 0) {
      exchange.answerPattern(request.pathBytes(), body);
    } else {
      Ready ready = exchange.endsAfterAnswer()
          ? fixedAndClose
          : request.wantsKeepAliveSaid() ? fixedAndKeepAlive : fixed;
      exchange.answer(ready.bytes(), body ? ready.bytes().capacity() : ready.headLength());
    }
  }

  private static void refuse(HttpExchange exchange, Ready answer) {
    exchange.endAfterAnswer();
    exchange.answer(answer.bytes(), answer.headLength());
  }

  private Ready refusal(int status) {
    return switch (status) {
      case 404 -> notFound;
      case 411 -> lengthRequired;
      case 431 -> headTooLarge;
      case 505 -> otherVersion;
      default -> badRequest;
    };
  }
}
