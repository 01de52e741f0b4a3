// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Locale;

/** The demo's client: a JDK socket, so on the kernel's TCP, with as much HTTP/1.1 as the demo needs. */
final class KernelClient implements AutoCloseable {
  private static final int LONGEST_LINE = 1_000;

  private final Socket socket = new Socket();
  private InputStream input;

  /** Opens nothing yet, so that it can be closed from another thread whatever it waits for. */
  KernelClient() {}

  /** Connects; no answer is waited for longer than {@code timeoutMs}. */
  void connect(InetSocketAddress server, int timeoutMs) throws IOException {
    socket.connect(server, timeoutMs);
    socket.setSoTimeout(timeoutMs);
    socket.setTcpNoDelay(true);
    input = new BufferedInputStream(socket.getInputStream(), 8 << 10);
  }

  /** Gets a path; returns the body of the answer. IOException: the answer is not what was asked for. */
  byte[] get(String path) throws IOException {
    send("GET " + path + " HTTP/1.1\r\nHost: vireo\r\n\r\n");
    return answer();
  }

  /** Uploads; returns the body of the answer. */
  byte[] put(String path, byte... bytes) throws IOException {
    send(
        "PUT " + path + " HTTP/1.1\r\nHost: vireo\r\nContent-Length: " + bytes.length + "\r\n\r\n");
    socket.getOutputStream().write(bytes);
    return answer();
  }

  private void send(String head) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(head.getBytes(US_ASCII));
  }

  private byte[] answer() throws IOException {
    String status = line();
    if (!status.equals("HTTP/1.1 200 OK")) {
      throw new IOException("the server answered \"" + status + "\"");
    }
    int length = -1;
    for (String field = line(); !field.isEmpty(); field = line()) {
      String lower = field.toLowerCase(Locale.ROOT);
      if (lower.startsWith("content-length:")) {
        length = contentLength(lower);
      }
    }
    if (length < 0) {
      throw new IOException("the server's answer has no length");
    }
    byte[] body = input.readNBytes(length);
    if (body.length < length) {
      throw new EOFException("the answer ended after " + body.length + " of " + length + " bytes");
    }
    return body;
  }

  private static int contentLength(String field) throws IOException {
    try {
      return Integer.parseInt(field.substring(field.indexOf(':') + 1).strip());
    } catch (NumberFormatException e) {
      throw new IOException("the server answered \"" + field + "\"", e);
    }
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    while (line.length() < LONGEST_LINE) {
      int c = input.read();
      if (c < 0) {
        throw new EOFException("the server ended the connection");
      } else if (c == '\n') {
        return line.toString();
      } else if (c != '\r') {
        line.append((char) c);
      }
    }
    throw new IOException("the server's answer has no end of line");
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // There is nothing left to do about it.
    }
  }
}
