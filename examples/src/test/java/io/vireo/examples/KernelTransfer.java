// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;

/** Large transfers between the {@link HttpServer} on Vireo and a socket of the kernel's, compared by SHA-256. */
final class KernelTransfer {
  private static final int CHUNK_BYTES = 1 << 16;
  private static final int LONGEST_SILENCE_MS = 60_000;

  private KernelTransfer() {}

  private static Socket connect(InetSocketAddress remote) throws IOException {
    Socket socket = new Socket();
    socket.connect(remote, LONGEST_SILENCE_MS);
    socket.setSoTimeout(LONGEST_SILENCE_MS);
    return socket;
  }

  static String hashOfPattern(long bytes) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
    for (long position = 0; position < bytes; position += chunk.limit()) {
      chunk.clear().limit((int) Math.min(CHUNK_BYTES, bytes - position));
      PatternBytes.fill(chunk, 0, chunk.limit(), position);
      digest.update(chunk);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  static String hash(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  /** Writes so many bytes of the pattern into a file. */
  static Path writePattern(Path file, int bytes) throws IOException {
    ByteBuffer pattern = ByteBuffer.allocate(bytes);
    PatternBytes.fill(pattern, 0, bytes, 0);
    return Files.write(file, pattern.array());
  }

  /** {@link #download(InetSocketAddress, long)} from a {@link TapServer}. */
  static String download(long bytes) throws Exception {
    return download(TapServer.REMOTE, bytes);
  }

  /** Gets so many bytes; they and nothing else have to come. Returns their SHA-256. */
  static String download(InetSocketAddress remote, long bytes) throws Exception {
    try (Socket socket = connect(remote)) {
      String request = "GET /bytes/" + bytes + " HTTP/1.1\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(US_ASCII));
      InputStream in = socket.getInputStream();
      byte[] head = ("HTTP/1.1 200 OK\r\nServer: Vireo\r\nConnection: close\r\n"
              + "Content-Type: application/octet-stream\r\nContent-Length: " + bytes + "\r\n\r\n")
          .getBytes(US_ASCII);
      assertEquals(new String(head, US_ASCII), new String(in.readNBytes(head.length), US_ASCII));
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] chunk = new byte[CHUNK_BYTES];
      long total = 0;
      for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
        digest.update(chunk, 0, read);
        total += read;
      }
      assertEquals(bytes, total);
      return HexFormat.of().formatHex(digest.digest());
    }
  }

  /** {@link #upload(InetSocketAddress, long)} to a {@link TapServer}. */
  static String upload(long bytes) throws Exception {
    return upload(TapServer.REMOTE, bytes);
  }

  /** Puts so many bytes of the pattern. Returns the SHA-256 that the server answers. */
  static String upload(InetSocketAddress remote, long bytes) throws Exception {
    try (Socket socket = connect(remote)) {
      OutputStream out = socket.getOutputStream();
      String head = "PUT /upload HTTP/1.1\r\nConnection: close\r\nContent-Length: " + bytes;
      out.write((head + "\r\n\r\n").getBytes(US_ASCII));
      ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
      for (long position = 0; position < bytes; position += CHUNK_BYTES) {
        PatternBytes.fill(chunk, 0, CHUNK_BYTES, position);
        out.write(chunk.array(), 0, (int) Math.min(CHUNK_BYTES, bytes - position));
      }
      socket.shutdownOutput();
      String answer = new String(socket.getInputStream().readAllBytes(), US_ASCII);
      String body = "\r\n\r\nReceived " + bytes + " bytes, SHA-256 ";
      assertTrue(answer.startsWith("HTTP/1.1 200 OK\r\n") && answer.contains(body), answer);
      return answer.substring(answer.indexOf(body) + body.length()).strip();
    }
  }
}
