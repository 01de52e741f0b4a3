// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vireo.jmh.NettyHttpServer;
import io.vireo.jmh.NioHttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The HTTP servers, all of one thread, which answer every request with the same body. */
enum HttpPeer {
  VIREO("Vireo, TAP", 8_080) {
    @Override
    List<String> command(Path root, Path directory) {
      return List.of(
          Programs.jvm(),
          "-jar",
          jar(root).toString(),
          "http",
          "--nic",
          "tap:http0",
          "--host",
          "10.77.0.1/24",
          "--address",
          "10.77.0.2/24",
          "--port",
          String.valueOf(port));
    }

    @Override
    Optional<String> missing(Path root) {
      return Files.exists(jar(root))
          ? Optional.empty()
          : Optional.of(jar(root) + " is not built; ./vireo does so");
    }

    private Path jar(Path root) {
      return root.resolve(Path.of("examples", "target", "vireo.jar"));
    }
  },
  NGINX("nginx, one worker", 8_081) {
    @Override
    List<String> command(Path root, Path directory) throws IOException {
      Path configuration = directory.resolve("nginx.conf");
      Files.writeString(
          configuration,
          resource("nginx.conf")
              .replace("DIRECTORY", directory.toString())
              .replace("ADDRESS", FAR + ":" + port));
      return List.of("nginx", "-p", directory.toString(), "-c", configuration.toString());
    }

    @Override
    Optional<String> missing(Path root) {
      return notInstalled("nginx");
    }
  },
  EPOLL("C, epoll", 8_082) {
    @Override
    List<String> command(Path root, Path directory) throws IOException, InterruptedException {
      Path source = directory.resolve("epoll-http.c");
      Files.writeString(source, resource("epoll-http.c"));
      Path program = directory.resolve("epoll-http");
      Process compiler = new ProcessBuilder(
              "cc", "-O2", "-o", program.toString(), source.toString())
          .redirectErrorStream(true)
          .redirectOutput(directory.resolve("cc.log").toFile())
          .start();
      if (!compiler.waitFor(1, TimeUnit.MINUTES) || compiler.exitValue() != 0) {
        throw new IOException("cc failed: see " + directory.resolve("cc.log"));
      }
      return List.of(program.toString(), FAR, String.valueOf(port));
    }

    @Override
    Optional<String> missing(Path root) {
      return notInstalled("cc");
    }
  },
  NETTY("Netty, epoll", 8_083) {
    @Override
    List<String> command(Path root, Path directory) {
      return Programs.java(NettyHttpServer.class, port);
    }
  },
  NIO("JDK NIO", 8_084) {
    @Override
    List<String> command(Path root, Path directory) {
      return Programs.java(NioHttpServer.class, port);
    }
  };

  private static final String FAR = "10.9.0.2";

  final String title;
  final int port;

  HttpPeer(String title, int port) {
    this.title = title;
    this.port = port;
  }

  /** What starts it; files that it needs go to the directory. */
  abstract List<String> command(Path root, Path directory) throws IOException, InterruptedException;

  /** Why it cannot be started, if so. */
  Optional<String> missing(Path root) {
    return Optional.empty();
  }

  /** As the client sees it. */
  String address() {
    return this == VIREO ? "10.77.0.2" : FAR;
  }

  static Optional<String> notInstalled(String program) {
    return Programs.isInstalled(program)
        ? Optional.empty()
        : Optional.of(program + " is not installed");
  }

  private static String resource(String name) {
    try (InputStream in = HttpPeer.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
